//! Random well-typed queries that PostgreSQL and SQLite answer alike.
//!
//! What they answer differently is left out by construction: NULLs are always placed in ORDER BY,
//! divisors are not zero, LIMIT orders by everything it shows, scalar subqueries give one row, frames
//! of rows order by a key, and no number meets a text.

use std::fmt::Write as _;

/// SplitMix64 (Steele, Lea, Flood 2014).
pub struct Rng(pub u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Int,
    Text,
}

use Type::{Int, Text};

/// Something in FROM: its name there and its columns.
#[derive(Debug, Clone)]
struct Source {
    name: String,
    columns: Vec<(String, Type)>,
}

/// A table, its columns, and how many rows it may have.
const TABLES: [&str; 4] = ["t", "u", "v", "w"];
const COLUMNS: [(&str, Type); 5] = [("id", Int), ("a", Int), ("b", Int), ("s", Text), ("k", Int)];
const WORDS: [&str; 9] = ["", "a", "b", "ab", "ba", "abc", "x y", "Ab", "zz"];
const PATTERNS: [&str; 9] = ["%", "a%", "%b", "%a%", "_b", "ab_", "", "b", "a%c"];

/// A statement, and whether the order of its rows counts.
pub struct Statement {
    pub sql: String,
    pub is_ordered: bool,
    /// The table it changes.
    pub changes: Option<&'static str>,
}

/// Definitions and rows of four tables, in words both engines read.
pub fn tables(rng: &mut Rng) -> Vec<String> {
    let mut out = Vec::new();
    for (at, table) in TABLES.iter().enumerate() {
        let key = if rng.chance(80) { " PRIMARY KEY" } else { "" };
        out.push(format!(
            "CREATE TABLE {table} (id INTEGER{key}, a INTEGER, b INTEGER, s TEXT, k INTEGER)"
        ));
        for index in ["a", "b, a", "s", "k DESC", "a + b"] {
            if rng.chance(25) {
                let name: String = index.chars().filter(char::is_ascii_alphabetic).collect();
                let index = if index.contains('+') {
                    format!("({index})")
                } else {
                    index.to_owned()
                };
                out.push(format!("CREATE INDEX {table}_{name} ON {table} ({index})"));
            }
        }
        let rows = if at == 3 {
            rng.below(3)
        } else {
            3 + rng.below(9)
        };
        for id in 1..=rows {
            let mut row = format!("INSERT INTO {table} VALUES ({id}");
            for (_, of) in &COLUMNS[1..] {
                let value = match of {
                    _ if rng.chance(20) => "NULL".to_owned(),
                    Int => rng.below(7).to_string(),
                    Text => format!("'{}'", rng.pick(&WORDS)),
                };
                let _ = write!(row, ", {value}");
            }
            out.push(format!("{row})"));
        }
    }
    out
}

/// Makes statements from a seed.
pub struct Generator<'a> {
    rng: &'a mut Rng,
    /// Names given so far.
    names: usize,
    /// How much more may be nested.
    fuel: usize,
    /// Queries around the one being made; the deeper, the fewer tables it joins.
    depth: usize,
    /// Common tables in sight.
    common: Vec<Source>,
}

/// What an expression may use: own sources, and those of the queries around.
#[derive(Clone, Copy)]
struct Scope<'a> {
    own: &'a [Source],
    outer: &'a [Source],
}

impl<'a> Generator<'a> {
    pub fn new(rng: &'a mut Rng) -> Self {
        let fuel = 3 + rng.below(9);
        Self {
            rng,
            names: 0,
            fuel,
            depth: 0,
            common: Vec::new(),
        }
    }

    /// A query, or now and then a change.
    pub fn statement(mut self) -> Statement {
        if self.rng.chance(5) {
            return self.change();
        }
        let mut with = Vec::new();
        let mut is_recursive = false;
        while self.rng.chance(20) && with.len() < 3 {
            let name = self.name("c");
            if self.rng.chance(25) {
                is_recursive = true;
                let (start, end) = (self.rng.below(3), 4 + self.rng.below(5));
                let union = self.rng.pick(&["UNION", "UNION ALL"]);
                with.push(format!(
                    "{name} (n, s) AS (SELECT {start}, 'a' {union} SELECT n + 1, s || 'b' FROM {name} WHERE n < {end})"
                ));
                let columns = vec![("n".to_owned(), Int), ("s".to_owned(), Text)];
                self.common.push(Source { name, columns });
            } else {
                let types = self.types();
                let (sql, columns) = self.named_query(&types);
                with.push(format!("{name} AS ({sql})"));
                self.common.push(Source { name, columns });
            }
        }
        let types = self.types();
        let body = self.query(&types, &[]);
        let mut sql = String::new();
        if !with.is_empty() {
            let recursive = if is_recursive { "RECURSIVE " } else { "" };
            sql = format!("WITH {recursive}{} ", with.join(", "));
        }
        sql.push_str(&body);
        let is_ordered = self.rng.chance(40);
        if is_ordered {
            sql.push_str(&self.order_by_all(types.len()));
            if self.rng.chance(50) {
                let _ = write!(sql, " LIMIT {}", self.rng.below(8));
                if self.rng.chance(40) {
                    let _ = write!(sql, " OFFSET {}", self.rng.below(5));
                }
            }
        }
        Statement {
            sql,
            is_ordered,
            changes: None,
        }
    }

    fn change(&mut self) -> Statement {
        let table = self.rng.pick(&TABLES);
        let own = [source(table, table)];
        let scope = Scope {
            own: &own,
            outer: &[],
        };
        let condition = self.condition(scope, 2);
        let sql = match self.rng.below(3) {
            0 => format!("DELETE FROM {table} WHERE a IS NOT NULL AND {condition}"),
            1 => {
                let (a, s) = (self.int(scope, 1), self.text(scope, 1));
                format!(
                    "UPDATE {table} SET a = ({a}) % 100, s = substr({s}, 1, 5), b = a WHERE {condition}"
                )
            }
            _ => {
                let from = self.rng.pick(&TABLES);
                format!(
                    "UPDATE {table} SET k = x.n FROM (SELECT a AS j, max(b) AS n FROM {from} GROUP BY a) x WHERE x.j = {table}.a"
                )
            }
        };
        Statement {
            sql,
            is_ordered: false,
            changes: Some(table),
        }
    }

    fn types(&mut self) -> Vec<Type> {
        let count = 1 + self.rng.below(4);
        (0..count)
            .map(|_| if self.rng.chance(70) { Int } else { Text })
            .collect()
    }

    fn name(&mut self, start: &str) -> String {
        self.names += 1;
        format!("{start}{}", self.names)
    }

    /// Spends fuel; false when there is none left, or what is around is deep enough.
    fn burn(&mut self) -> bool {
        let has = self.fuel > 0 && self.depth < 5;
        self.fuel = self.fuel.saturating_sub(1);
        has
    }

    fn order_by_all(&mut self, columns: usize) -> String {
        let keys: Vec<String> = (1..=columns)
            .map(|position| format!("{position} {}", self.direction()))
            .collect();
        format!(" ORDER BY {}", keys.join(", "))
    }

    fn direction(&mut self) -> &'static str {
        self.rng.pick(&[
            "ASC NULLS FIRST",
            "DESC NULLS LAST",
            "NULLS LAST",
            "DESC NULLS FIRST",
        ])
    }

    /// A query whose columns have names, and those.
    fn named_query(&mut self, types: &[Type]) -> (String, Vec<(String, Type)>) {
        let body = self.query(types, &[]);
        let names: Vec<String> = (0..types.len()).map(|at| format!("x{at}")).collect();
        // The first SELECT names the columns of all.
        let columns = names.iter().cloned().zip(types.iter().copied()).collect();
        let name = self.name("n");
        let list = (0..types.len())
            .map(|at| format!("y{at} AS x{at}"))
            .collect::<Vec<_>>();
        (
            format!("SELECT {} FROM ({body}) AS {name}", list.join(", ")),
            columns,
        )
    }

    /// A query of columns `y0`, `y1`, …
    fn query(&mut self, types: &[Type], outer: &[Source]) -> String {
        self.depth += 1;
        let sql = self.compound(types, outer);
        self.depth -= 1;
        sql
    }

    fn compound(&mut self, types: &[Type], outer: &[Source]) -> String {
        if self.rng.chance(12) && self.burn() {
            let operation = self
                .rng
                .pick(&["UNION", "UNION ALL", "INTERSECT", "EXCEPT"]);
            let left = self.select(types, outer);
            let right = self.select(types, outer);
            return format!("{left} {operation} {right}");
        }
        self.select(types, outer)
    }

    fn select(&mut self, types: &[Type], outer: &[Source]) -> String {
        let (from, own) = self.from();
        let scope = Scope { own: &own, outer };
        let filter = if self.rng.chance(50) {
            format!(" WHERE {}", self.condition(scope, 3))
        } else {
            String::new()
        };
        match self.rng.below(10) {
            0..=2 => self.grouped(types, scope, &from, &filter),
            3 => self.aggregated(types, scope, &from, &filter),
            4 | 5 => self.windowed(types, scope, &from, &filter),
            kind => {
                let distinct = if kind == 6 { "DISTINCT " } else { "" };
                let items = self.items(types, |this, of| this.value(of, scope, 3));
                format!("SELECT {distinct}{items} FROM {from}{filter}")
            }
        }
    }

    fn items(&mut self, types: &[Type], mut item: impl FnMut(&mut Self, Type) -> String) -> String {
        let items: Vec<String> = types
            .iter()
            .enumerate()
            .map(|(at, of)| format!("{} AS y{at}", item(self, *of)))
            .collect();
        items.join(", ")
    }

    fn grouped(&mut self, types: &[Type], scope: Scope, from: &str, filter: &str) -> String {
        let inner = Scope {
            own: scope.own,
            outer: &[],
        };
        let mut keys: Vec<(String, Type)> = Vec::new();
        for _ in 0..1 + self.rng.below(2) {
            let of = if self.rng.chance(70) { Int } else { Text };
            let key = match of {
                _ if self.rng.chance(60) => match self.column(of, inner) {
                    // A number alone would be a position.
                    key if key.contains('.') => key,
                    literal => format!("coalesce({literal}, {literal})"),
                },
                Int => format!("{} + {}", self.column(Int, inner), self.column(Int, inner)),
                Text => format!("substr({}, 1, 1)", self.column(Text, inner)),
            };
            keys.push((key, of));
        }
        let items = self.items(types, |this, of| {
            let fitting: Vec<&str> = keys
                .iter()
                .filter(|(_, key)| *key == of)
                .map(|(key, _)| key.as_str())
                .collect();
            if !fitting.is_empty() && this.rng.chance(50) {
                this.rng.pick(&fitting).to_owned()
            } else {
                this.aggregate(of, inner)
            }
        });
        let having = if self.rng.chance(35) {
            let comparison = self.comparison();
            format!(
                " HAVING {} {comparison} {}",
                self.aggregate(Int, inner),
                self.rng.below(9)
            )
        } else {
            String::new()
        };
        let keys: Vec<String> = keys.into_iter().map(|(key, _)| key).collect();
        format!(
            "SELECT {items} FROM {from}{filter} GROUP BY {}{having}",
            keys.join(", ")
        )
    }

    fn aggregated(&mut self, types: &[Type], scope: Scope, from: &str, filter: &str) -> String {
        let inner = Scope {
            own: scope.own,
            outer: &[],
        };
        let items = self.items(types, |this, of| this.aggregate(of, inner));
        format!("SELECT {items} FROM {from}{filter}")
    }

    /// An aggregate over what only this query's own sources hold.
    fn aggregate(&mut self, of: Type, scope: Scope) -> String {
        let call = match of {
            Text => format!(
                "{}({})",
                self.rng.pick(&["min", "max"]),
                self.text(scope, 1)
            ),
            Int => {
                let value = self.int(scope, 1);
                match self.rng.below(8) {
                    0 | 1 => "count(*)".to_owned(),
                    2 => format!("count(DISTINCT {value})"),
                    3 => format!("count({})", self.text(scope, 1)),
                    4 => format!("sum(DISTINCT {value})"),
                    5 => format!("{}({value})", self.rng.pick(&["min", "max"])),
                    _ => format!("sum({value})"),
                }
            }
        };
        let filtered = if self.rng.chance(15) {
            format!("{call} FILTER (WHERE {})", self.condition(scope, 1))
        } else {
            call
        };
        match of {
            Int if self.rng.chance(15) => format!("coalesce({filtered}, 0) + 1"),
            _ => filtered,
        }
    }

    fn windowed(&mut self, types: &[Type], scope: Scope, from: &str, filter: &str) -> String {
        let inner = Scope {
            own: scope.own,
            outer: &[],
        };
        // All columns of all sources together order the rows of a join fully, but for equal ones.
        let all: Vec<String> = scope
            .own
            .iter()
            .flat_map(|source| {
                source
                    .columns
                    .iter()
                    .map(|(name, _)| format!("{}.{name}", source.name))
            })
            .collect();
        let items = self.items(types, |this, of| {
            if this.rng.chance(40) {
                return this.column(of, inner);
            }
            let partition = if this.rng.chance(60) {
                let by = if this.rng.chance(70) { Int } else { Text };
                format!("PARTITION BY {} ", this.column(by, inner))
            } else {
                String::new()
            };
            let total: Vec<String> = all
                .iter()
                .map(|key| format!("{key} {}", this.direction()))
                .collect();
            let total = total.join(", ");
            let peers = format!("{} {}", this.column(Int, inner), this.direction());
            let frame = this.rng.pick(&[
                "",
                " ROWS UNBOUNDED PRECEDING",
                " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
                " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
                " ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING",
                " RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
                " GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW",
            ]);
            let value = this.value(of, inner, 1);
            match (of, this.rng.below(9)) {
                (Int, 0) => format!("row_number() OVER ({partition}ORDER BY {total})"),
                (Int, 1) => format!(
                    "{}() OVER ({partition}ORDER BY {peers})",
                    this.rng.pick(&["rank", "dense_rank"])
                ),
                (Int, 2) => format!(
                    "ntile({}) OVER ({partition}ORDER BY {total})",
                    1 + this.rng.below(4)
                ),
                (Int, 3) => format!("sum({value}) OVER ({partition}ORDER BY {peers})"),
                (Int, 4) => format!("count(*) OVER ({partition}ORDER BY {total}{frame})"),
                (Int, 5) => format!("sum({value}) OVER ({partition}ORDER BY {total}{frame})"),
                (_, 6) => format!(
                    "{}({value}, {}) OVER ({partition}ORDER BY {total})",
                    this.rng.pick(&["lag", "lead"]),
                    this.rng.below(3)
                ),
                (_, 7) => format!(
                    "{}({value}) OVER ({partition}ORDER BY {total}{frame})",
                    this.rng.pick(&["first_value", "last_value"])
                ),
                _ => format!(
                    "{}({value}) OVER ({partition})",
                    this.rng.pick(&["min", "max"])
                ),
            }
        });
        format!("SELECT {items} FROM {from}{filter}")
    }

    fn from(&mut self) -> (String, Vec<Source>) {
        let (mut sql, first) = self.source();
        let mut own = vec![first];
        while own.len() + self.depth < 4 && self.rng.chance(45) {
            let (right, source) = self.source();
            own.push(source);
            match self.rng.below(10) {
                0 => {
                    let _ = write!(sql, " CROSS JOIN {right}");
                }
                1 if self.mergeable(&own) => {
                    let kind = self.rng.pick(&["JOIN", "LEFT JOIN"]);
                    let _ = write!(sql, " {kind} {right} USING (k)");
                }
                kind => {
                    let scope = Scope {
                        own: &own,
                        outer: &[],
                    };
                    let (left, last) = own.split_at(own.len() - 1);
                    let equal = format!(
                        "{} = {}",
                        self.column(
                            Int,
                            Scope {
                                own: left,
                                outer: &[]
                            }
                        ),
                        self.column(
                            Int,
                            Scope {
                                own: last,
                                outer: &[]
                            }
                        )
                    );
                    let join = [
                        "JOIN",
                        "JOIN",
                        "LEFT JOIN",
                        "LEFT JOIN",
                        "RIGHT JOIN",
                        "FULL JOIN",
                    ][self.rng.below(6)];
                    // PostgreSQL merges or hashes a FULL JOIN, so it wants an equality.
                    let on = match kind {
                        _ if join == "FULL JOIN" && equal.matches('.').count() == 2 => equal,
                        _ if join == "FULL JOIN" => "FALSE".to_owned(),
                        2 => self.condition(scope, 1),
                        3 | 4 => format!("{equal} AND {}", self.condition(scope, 1)),
                        _ => equal,
                    };
                    let _ = write!(sql, " {join} {right} ON {on}");
                }
            }
        }
        (sql, own)
    }

    /// Whether exactly the last two sources have a column `k`, so that USING finds one on each side.
    fn mergeable(&self, own: &[Source]) -> bool {
        own.len() == 2
            && own
                .iter()
                .all(|source| source.columns.iter().any(|(name, _)| name == "k"))
    }

    fn source(&mut self) -> (String, Source) {
        let name = self.name("q");
        if !self.common.is_empty() && self.rng.chance(50) {
            let at = self.rng.below(self.common.len());
            let common = self.common[at].clone();
            let sql = format!("{} AS {name}", common.name);
            return (
                sql,
                Source {
                    name,
                    columns: common.columns,
                },
            );
        }
        if self.rng.chance(12) && self.burn() {
            let mut types = self.types();
            types.push(Int);
            types.push(Text);
            let (sql, columns) = self.named_query(&types);
            return (format!("({sql}) AS {name}"), Source { name, columns });
        }
        let table = self.rng.pick(&TABLES);
        (format!("{table} AS {name}"), source(table, &name))
    }

    fn column(&mut self, of: Type, scope: Scope) -> String {
        let from = if !scope.outer.is_empty() && self.rng.chance(35) {
            scope.outer
        } else {
            scope.own
        };
        let fitting: Vec<String> = from
            .iter()
            .flat_map(|source| {
                let columns = source.columns.iter().filter(|(_, column)| *column == of);
                columns.map(|(name, _)| format!("{}.{name}", source.name))
            })
            .collect();
        if fitting.is_empty() {
            return self.literal(of);
        }
        fitting[self.rng.below(fitting.len())].clone()
    }

    fn literal(&mut self, of: Type) -> String {
        match of {
            Int if self.rng.chance(6) => "CAST(NULL AS INTEGER)".to_owned(),
            Text if self.rng.chance(6) => "CAST(NULL AS TEXT)".to_owned(),
            Int if self.rng.chance(15) => format!("(-{})", 1 + self.rng.below(5)),
            Int => self.rng.below(9).to_string(),
            Text => format!("CAST('{}' AS TEXT)", self.rng.pick(&WORDS)),
        }
    }

    fn value(&mut self, of: Type, scope: Scope, depth: usize) -> String {
        match of {
            Int => self.int(scope, depth),
            Text => self.text(scope, depth),
        }
    }

    fn int(&mut self, scope: Scope, depth: usize) -> String {
        if depth == 0 || self.rng.chance(45) {
            return if self.rng.chance(80) {
                self.column(Int, scope)
            } else {
                self.literal(Int)
            };
        }
        let depth = depth - 1;
        match self.rng.below(11) {
            0 => format!("({} + {})", self.int(scope, depth), self.int(scope, depth)),
            1 => format!("({} - {})", self.int(scope, depth), self.int(scope, depth)),
            2 => format!("({} * {})", self.int(scope, depth), self.rng.below(4)),
            3 => format!("({} / {})", self.int(scope, depth), 1 + self.rng.below(4)),
            4 => format!("({} % {})", self.int(scope, depth), 1 + self.rng.below(4)),
            5 => format!("abs({})", self.int(scope, depth)),
            6 => format!("length({})", self.text(scope, depth)),
            7 if self.burn() => self.scalar(Int, scope),
            8 => format!(
                "nullif({}, {})",
                self.int(scope, depth),
                self.int(scope, depth)
            ),
            kind => self.choice(Int, scope, depth, kind % 2 == 0),
        }
    }

    fn text(&mut self, scope: Scope, depth: usize) -> String {
        if depth == 0 || self.rng.chance(50) {
            return if self.rng.chance(80) {
                self.column(Text, scope)
            } else {
                self.literal(Text)
            };
        }
        let depth = depth - 1;
        match self.rng.below(9) {
            0 => format!(
                "({} || {})",
                self.text(scope, depth),
                self.text(scope, depth)
            ),
            1 => format!("upper({})", self.text(scope, depth)),
            2 => format!(
                "substr({}, {}, {})",
                self.text(scope, depth),
                1 + self.rng.below(3),
                self.rng.below(3)
            ),
            3 => format!("replace({}, 'a', 'c')", self.text(scope, depth)),
            4 => format!("trim({})", self.text(scope, depth)),
            5 if self.burn() => self.scalar(Text, scope),
            kind => self.choice(Text, scope, depth, kind % 2 == 0),
        }
    }

    fn choice(&mut self, of: Type, scope: Scope, depth: usize, is_coalesce: bool) -> String {
        let (one, other) = (self.value(of, scope, depth), self.value(of, scope, depth));
        if is_coalesce {
            return format!("coalesce({one}, {other})");
        }
        if self.rng.chance(30) {
            let subject = self.int(scope, depth);
            return format!(
                "CASE {subject} WHEN {} THEN {one} ELSE {other} END",
                self.rng.below(5)
            );
        }
        let condition = self.condition(scope, depth);
        match self.rng.below(4) {
            0 => format!("CASE WHEN {condition} THEN {one} END"),
            _ => format!("CASE WHEN {condition} THEN {one} ELSE {other} END"),
        }
    }

    /// A subquery of exactly one row: an aggregate without groups.
    fn scalar(&mut self, of: Type, scope: Scope) -> String {
        self.depth += 1;
        let (from, own) = self.from();
        let inner = Scope {
            own: &own,
            outer: scope.own,
        };
        let value = self.aggregate(
            of,
            Scope {
                own: &own,
                outer: &[],
            },
        );
        let filter = if self.rng.chance(70) {
            format!(" WHERE {}", self.condition(inner, 1))
        } else {
            String::new()
        };
        self.depth -= 1;
        format!("(SELECT {value} FROM {from}{filter})")
    }

    fn comparison(&mut self) -> &'static str {
        self.rng.pick(&["=", "=", "<>", "<", "<=", ">", ">="])
    }

    fn condition(&mut self, scope: Scope, depth: usize) -> String {
        if depth > 0 && self.rng.chance(40) {
            let depth = depth - 1;
            return match self.rng.below(5) {
                0 | 1 => format!(
                    "({} AND {})",
                    self.condition(scope, depth),
                    self.condition(scope, depth)
                ),
                2 | 3 => format!(
                    "({} OR {})",
                    self.condition(scope, depth),
                    self.condition(scope, depth)
                ),
                _ => format!("(NOT {})", self.condition(scope, depth)),
            };
        }
        let depth = depth.saturating_sub(1);
        let not = if self.rng.chance(25) { "NOT " } else { "" };
        match self.rng.below(14) {
            0 => format!("({} IS {not}NULL)", self.int(scope, depth)),
            1 => {
                let (low, high) = (self.int(scope, 0), self.int(scope, 0));
                format!("({} {not}BETWEEN {low} AND {high})", self.int(scope, depth))
            }
            2 => {
                let list: Vec<String> = (0..1 + self.rng.below(4))
                    .map(|_| self.literal(Int))
                    .collect();
                format!("({} {not}IN ({}))", self.int(scope, depth), list.join(", "))
            }
            3 => format!(
                "({} {not}LIKE '{}')",
                self.text(scope, depth),
                self.rng.pick(&PATTERNS)
            ),
            4 => {
                let comparison = self.comparison();
                format!(
                    "({} {comparison} {})",
                    self.text(scope, depth),
                    self.text(scope, depth)
                )
            }
            5 => format!(
                "({} IS {not}DISTINCT FROM {})",
                self.int(scope, depth),
                self.int(scope, depth)
            ),
            6 if self.burn() => {
                let query = self.query(&[Int], scope.own);
                format!("({not}EXISTS ({query}))")
            }
            7 if self.burn() => {
                let query = self.query(&[Int], scope.own);
                format!("({} {not}IN ({query}))", self.int(scope, 0))
            }
            8 if self.burn() => {
                let query = self.query(&[Int, Text], scope.own);
                format!(
                    "(({}, {}) {not}IN ({query}))",
                    self.int(scope, 0),
                    self.text(scope, 0)
                )
            }
            9 => format!(
                "(({}, {}) = ({}, {}))",
                self.int(scope, 0),
                self.int(scope, 0),
                self.int(scope, 0),
                self.int(scope, 0)
            ),
            _ => {
                let comparison = self.comparison();
                format!(
                    "({} {comparison} {})",
                    self.int(scope, depth),
                    self.int(scope, depth)
                )
            }
        }
    }
}

fn source(_table: &str, name: &str) -> Source {
    let columns = COLUMNS
        .iter()
        .map(|(column, of)| ((*column).to_owned(), *of));
    Source {
        name: name.to_owned(),
        columns: columns.collect(),
    }
}
