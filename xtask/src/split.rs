//! Splits the page's wasm in two: what the first paint needs, and what comes right after it.
//!
//! The second part is the code under [`LATER`] and all that only it calls. Both share memory and
//! function table: what the first part calls of the second goes through the table, whose places
//! the second fills when it is instantiated (`web::later` waits for it). Names tell what belongs
//! where, so this works on a module that still has them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use wasm_encoder::reencode::{Error as Recoding, Reencode, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, ImportSection, Instruction, Module, TableSection,
    TypeSection,
};
use wasmparser::{
    CodeSectionReader, CustomSectionReader, ElementItems, ElementKind, ElementSectionReader,
    ExportSectionReader, ExternalKind, FunctionBody, FunctionSectionReader, KnownCustom, Name,
    Operator, Parser, Payload, TableSectionReader, TypeRef,
};

use crate::project::Project;
use crate::setup::npm::node_program;
use crate::step::run;

/// The name under which the second part imports everything from the first.
const FIRST: &str = "first";

/// Functions of the page that are only called once the second part is there. What only they lead
/// to belongs to it.
const GATES: [&str; 2] = [
    "<backlab::web::app::App>::carry_out_later",
    "<backlab::web::state::State>::act",
];

/// Where the functions are whose address is taken (what draws a part, what answers an event) and
/// that are needed for no first paint. Generic functions of elsewhere do not count, whatever they
/// are made for: the compiler keeps one for all whose code is the same.
const LATER: [&str; 19] = [
    "backlab::web::app::App>::carry_out_later",
    "backlab::web::bridge",
    "backlab::web::editor",
    "backlab::web::guide",
    "backlab::web::http_text",
    "backlab::web::json_text",
    "backlab::web::loader::place",
    "backlab::web::pages::lab",
    "backlab::web::pages::progress",
    "backlab::web::pages::questions",
    "backlab::web::panels",
    "backlab::web::series",
    "backlab::web::widgets::chart",
    "backlab::web::widgets::dialog",
    "backlab::web::widgets::grid",
    "backlab::web::widgets::splitter",
    "backlab::web::widgets::table",
    "backlab::web::widgets::tabs",
    "backlab::web::workbench",
];

/// Generic functions that do count by what they are made for: their code is never the same for two, since
/// the one holds its type's number and the other does its own effect.
const MADE_FOR: [&str; 2] = [
    "backlab::web::part::Given<",
    "core::cell::RefCell<yew::functional::hooks::use_effect::UseEffectBase<",
];

/// Whether a function that is only called by its address is needed for no first paint.
fn is_later(name: &str) -> bool {
    let path = name.trim_start_matches('<');
    let is_made_for = MADE_FOR.iter().any(|generic| path.starts_with(generic));
    LATER
        .iter()
        .any(|later| path.starts_with(later) || (is_made_for && path.contains(later)))
}

/// Splits the page that Trunk built into `folder`, shrinks both parts, and names the second in
/// the page so that it is fetched at once.
pub fn page(project: &Project, folder: &Path) -> Result<()> {
    let index = folder.join("index.html");
    let html = fs::read_to_string(&index).context("there is no built page to split")?;
    let file = fs::read_dir(folder)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .find(|name| name.starts_with("page-") && name.ends_with("_bg.wasm"))
        .context("the built page has no wasm")?;
    let beside = file.replace("_bg.wasm", "_later.wasm");
    let parts = split(&fs::read(folder.join(&file))?)?;
    for (name, bytes) in [(&file, parts.first), (&beside, parts.later)] {
        let path = folder.join(name);
        fs::write(&path, bytes)?;
        let shrink = project.root.join("node_modules/binaryen/bin/wasm-opt");
        let mut command = project.command(node_program("node")?);
        command
            .arg(shrink)
            .arg("-Oz")
            .arg(&path)
            .arg("-o")
            .arg(&path);
        run(project, "wasm-opt", &mut command)?;
    }
    let link = format!(
        "<link id=\"later\" rel=\"preload\" href=\"./{beside}\" as=\"fetch\" \
         type=\"application/wasm\" crossorigin>"
    );
    fs::write(
        &index,
        html.replacen("</head>", &format!("{link}</head>"), 1),
    )?;
    Ok(())
}

/// Both parts.
struct Parts {
    /// What the page starts with.
    first: Vec<u8>,
    /// What it loads next.
    later: Vec<u8>,
}

/// Splits a module made by wasm-bindgen.
///
/// # Errors
/// It is no such module, or holds what this does not know to split.
fn split(wasm: &[u8]) -> Result<Parts> {
    let module = Read::of(wasm)?;
    if module.names.is_empty() {
        bail!("the page's wasm has lost its names, so it cannot be split");
    }
    let plan = Plan::of(&module)?;
    Ok(Parts {
        first: first(wasm, &module, &plan)?,
        later: later(&module, &plan)?,
    })
}

/// What there is to know of the module.
#[derive(Default)]
struct Read<'a> {
    types: Vec<wasmparser::FuncType>,
    type_section: Option<wasmparser::TypeSectionReader<'a>>,
    imported: u32,
    /// The type of each function, imported ones first.
    functions: Vec<u32>,
    tables: Vec<wasmparser::TableType>,
    memories: Vec<wasmparser::MemoryType>,
    globals: Vec<wasmparser::GlobalType>,
    exported: Vec<u32>,
    start: Option<u32>,
    bodies: Vec<FunctionBody<'a>>,
    /// Functions by their place in table 0.
    places: BTreeMap<u32, u32>,
    names: BTreeMap<u32, &'a str>,
    features: Option<&'a [u8]>,
}

impl<'a> Read<'a> {
    fn of(wasm: &'a [u8]) -> Result<Self> {
        let mut read = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    for kind in section.clone().into_iter_err_on_gc_types() {
                        read.types.push(kind?);
                    }
                    read.type_section = Some(section);
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        match import?.ty {
                            TypeRef::Func(kind) => read.functions.push(kind),
                            other => bail!("an import that is no function: {other:?}"),
                        }
                    }
                    read.imported = count(read.functions.len())?;
                }
                Payload::FunctionSection(section) => {
                    for kind in section {
                        read.functions.push(kind?);
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        read.tables.push(table?.ty);
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        read.memories.push(memory?);
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        read.globals.push(global?.ty);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            read.exported.push(export.index);
                        }
                    }
                }
                Payload::StartSection { func, .. } => read.start = Some(func),
                Payload::ElementSection(section) => read.elements(section)?,
                Payload::CodeSectionEntry(body) => read.bodies.push(body),
                Payload::CustomSection(section) => match section.as_known() {
                    KnownCustom::Name(names) => {
                        for name in names {
                            if let Name::Function(map) = name? {
                                for naming in map {
                                    let naming = naming?;
                                    read.names.insert(naming.index, naming.name);
                                }
                            }
                        }
                    }
                    _ if section.name() == "target_features" => {
                        read.features = Some(section.data());
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(read)
    }

    fn elements(&mut self, section: ElementSectionReader<'a>) -> Result<()> {
        for element in section {
            let element = element?;
            let (
                ElementKind::Active {
                    table_index,
                    offset_expr,
                },
                ElementItems::Functions(items),
            ) = (element.kind, element.items)
            else {
                bail!("an element segment of a kind that is not split");
            };
            let offset = match offset_expr.get_operators_reader().read()? {
                Operator::I32Const { value } => u32::try_from(value)?,
                other => bail!("an element segment begins at {other:?}"),
            };
            if table_index.unwrap_or(0) != 0 {
                bail!("functions in a second table");
            }
            for (place, function) in (offset..).zip(items) {
                self.places.insert(place, function?);
            }
        }
        Ok(())
    }

    fn body(&self, function: u32) -> Option<&FunctionBody<'a>> {
        let defined = function.checked_sub(self.imported)?;
        self.bodies.get(usize::try_from(defined).ok()?)
    }

    fn type_of(&self, function: u32) -> Result<u32> {
        let index = usize::try_from(function)?;
        self.functions
            .get(index)
            .copied()
            .context("a function without a type")
    }

    fn callees(&self, function: u32) -> Result<Vec<u32>> {
        let mut found = Vec::new();
        if let Some(body) = self.body(function) {
            for operator in body.get_operators_reader()? {
                if let Operator::Call { function_index }
                | Operator::ReturnCall { function_index }
                | Operator::RefFunc { function_index } = operator?
                {
                    found.push(function_index);
                }
            }
        }
        Ok(found)
    }
}

/// What goes where.
struct Plan {
    /// Functions the first part defines.
    first: Vec<u32>,
    /// Functions the second part defines.
    later: Vec<u32>,
    /// Those of the second that the first calls, with the place in the table they are called by.
    gates: BTreeMap<u32, u32>,
    /// Functions that the second part calls and does not define.
    shared: BTreeSet<u32>,
    /// Who fills which place of the table.
    first_places: BTreeMap<u32, u32>,
    later_places: BTreeMap<u32, u32>,
    /// How many places the table has.
    table: u64,
}

impl Plan {
    fn of(module: &Read) -> Result<Self> {
        let name = |function: &u32| {
            let name = module.names.get(function).copied().unwrap_or_default();
            without_hashes(name)
        };
        let is_defined = |function: &u32| *function >= module.imported;
        let placed = module
            .places
            .values()
            .filter(|function| !is_later(&name(function)));
        let roots = module.exported.iter().chain(&module.start).chain(placed);
        let mut open: Vec<u32> = roots.copied().filter(is_defined).collect();
        let mut first: BTreeSet<u32> = open.iter().copied().collect();
        let mut called = BTreeSet::new();
        while let Some(function) = open.pop() {
            for callee in module.callees(function)?.into_iter().filter(is_defined) {
                if GATES.contains(&&*name(&callee)) {
                    called.insert(callee);
                } else if first.insert(callee) {
                    open.push(callee);
                }
            }
        }
        if called.len() != GATES.len() {
            bail!("of the functions that the page calls later, some are not there: {GATES:?}");
        }
        let all = module.imported..count(module.functions.len())?;
        let later: Vec<u32> = all.filter(|function| !first.contains(function)).collect();
        let (mut first_places, mut later_places) = (BTreeMap::new(), BTreeMap::new());
        for (place, function) in &module.places {
            if later.binary_search(function).is_ok() {
                later_places.insert(*place, *function);
            } else {
                first_places.insert(*place, *function);
            }
        }
        let mut table = module.tables.first().map_or(0, |table| table.initial);
        let mut gates = BTreeMap::new();
        for gate in called {
            let place = u32::try_from(table)?;
            table += 1;
            gates.insert(gate, place);
            later_places.insert(place, gate);
        }
        let mut shared = BTreeSet::new();
        for function in &later {
            let callees = module.callees(*function)?.into_iter();
            shared.extend(callees.filter(|callee| later.binary_search(callee).is_err()));
        }
        Ok(Self {
            first: first.into_iter().collect(),
            later,
            gates,
            shared,
            first_places,
            later_places,
            table,
        })
    }
}

/// Writes a part: the same instructions, with functions under their new numbers.
struct Writer<'m, 'a> {
    module: &'m Read<'a>,
    plan: &'m Plan,
    /// The new number of each function it may mention.
    numbers: BTreeMap<u32, u32>,
}

type Recoded<T> = Result<T, Recoding<Lost>>;

/// A function is mentioned that is in neither part: a mistake of the plan.
#[derive(Debug)]
struct Lost;

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a function is mentioned that is in neither part")
    }
}

impl std::error::Error for Lost {}

fn lost() -> Recoding<Lost> {
    Recoding::UserError(Lost)
}

impl Writer<'_, '_> {
    fn function_types(&self, functions: &[u32]) -> Recoded<FunctionSection> {
        let mut section = FunctionSection::new();
        for function in functions {
            section.function(self.module.type_of(*function).map_err(|_| lost())?);
        }
        Ok(section)
    }

    fn code(&mut self, functions: &[u32]) -> Recoded<CodeSection> {
        let mut section = CodeSection::new();
        for function in functions {
            let body = self.module.body(*function).cloned().ok_or_else(lost)?;
            self.parse_function_body(&mut section, body)?;
        }
        Ok(section)
    }

    fn filling(&mut self, places: &BTreeMap<u32, u32>) -> Recoded<ElementSection> {
        let mut section = ElementSection::new();
        let mut run: Vec<u32> = Vec::new();
        let mut next = 0;
        let mut close = |run: &mut Vec<u32>, next: u32| {
            if !run.is_empty() {
                let begin = i64::from(next) - run.len() as i64;
                let offset = ConstExpr::i32_const(i32::try_from(begin).unwrap_or(i32::MAX));
                section.active(None, &offset, Elements::Functions((&*run).into()));
                run.clear();
            }
        };
        for (place, function) in places {
            if *place != next {
                close(&mut run, next);
            }
            run.push(self.function_index(*function)?);
            next = place + 1;
        }
        close(&mut run, next);
        Ok(section)
    }

    fn table(&mut self) -> Recoded<Option<wasm_encoder::TableType>> {
        let Some(table) = self.module.tables.first().copied() else {
            return Ok(None);
        };
        let grown = wasmparser::TableType {
            initial: self.plan.table,
            maximum: table.maximum.map(|most| most.max(self.plan.table)),
            ..table
        };
        utils::table_type(self, grown).map(Some)
    }
}

impl Reencode for Writer<'_, '_> {
    type Error = Lost;

    fn function_index(&mut self, function: u32) -> Recoded<u32> {
        self.numbers.get(&function).copied().ok_or_else(lost)
    }

    fn parse_table_section(
        &mut self,
        tables: &mut TableSection,
        section: TableSectionReader<'_>,
    ) -> Recoded<()> {
        for (index, table) in section.into_iter().enumerate() {
            let table = table?;
            match self.table()? {
                Some(grown) if index == 0 => {
                    tables.table(grown);
                }
                _ => utils::parse_table(self, tables, table)?,
            }
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        _: FunctionSectionReader<'_>,
    ) -> Recoded<()> {
        *functions = self.function_types(&self.plan.first)?;
        for gate in self.plan.gates.keys() {
            functions.function(self.module.type_of(*gate).map_err(|_| lost())?);
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: ExportSectionReader<'_>,
    ) -> Recoded<()> {
        utils::parse_export_section(self, exports, section)?;
        for function in &self.plan.shared {
            let index = self.function_index(*function)?;
            exports.export(&name('f', *function), ExportKind::Func, index);
        }
        for (letter, kind, count) in [
            ('t', ExportKind::Table, self.module.tables.len()),
            ('m', ExportKind::Memory, self.module.memories.len()),
            ('g', ExportKind::Global, self.module.globals.len()),
        ] {
            for index in 0..u32::try_from(count).unwrap_or_default() {
                exports.export(&name(letter, index), kind, index);
            }
        }
        Ok(())
    }

    fn parse_element_section(
        &mut self,
        elements: &mut ElementSection,
        _: ElementSectionReader<'_>,
    ) -> Recoded<()> {
        *elements = self.filling(&self.plan.first_places)?;
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        _: CodeSectionReader<'_>,
    ) -> Recoded<()> {
        *code = self.code(&self.plan.first)?;
        for (gate, place) in &self.plan.gates {
            let kind = self.module.type_of(*gate).map_err(|_| lost())?;
            let takes = self
                .module
                .types
                .get(kind as usize)
                .map_or(0, |kind| kind.params().len());
            let mut call = Function::new([]);
            for parameter in 0..u32::try_from(takes).unwrap_or_default() {
                call.instruction(&Instruction::LocalGet(parameter));
            }
            call.instruction(&Instruction::I32Const(place.cast_signed()))
                .instruction(&Instruction::CallIndirect {
                    type_index: kind,
                    table_index: 0,
                })
                .instruction(&Instruction::End);
            code.function(&call);
        }
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        module: &mut Module,
        section: CustomSectionReader<'_>,
    ) -> Recoded<()> {
        // Names have done their work; wasm-opt reads from the other which features are in use.
        if section.name() == "target_features" {
            utils::parse_custom_section(self, module, section)?;
        }
        Ok(())
    }
}

fn first(wasm: &[u8], module: &Read, plan: &Plan) -> Result<Vec<u8>> {
    let defined = plan.first.iter().chain(plan.gates.keys());
    let mut writer = Writer {
        module,
        plan,
        numbers: (0..module.imported)
            .chain(defined.copied())
            .zip(0..)
            .collect(),
    };
    let mut written = Module::new();
    writer.parse_core_module(&mut written, Parser::new(0), wasm)?;
    Ok(written.finish())
}

fn later(module: &Read, plan: &Plan) -> Result<Vec<u8>> {
    let functions = plan.shared.iter().chain(&plan.later);
    let mut writer = Writer {
        module,
        plan,
        numbers: functions.copied().zip(0..).collect(),
    };
    let mut types = TypeSection::new();
    let section = module
        .type_section
        .clone()
        .context("a module without types")?;
    writer.parse_type_section(&mut types, section)?;
    let mut imports = ImportSection::new();
    for function in &plan.shared {
        let kind = EntityType::Function(module.type_of(*function)?);
        imports.import(FIRST, &name('f', *function), kind);
    }
    for (index, table) in (0..).zip(&module.tables) {
        let kind = match writer.table()? {
            Some(grown) if index == 0 => grown,
            _ => writer.table_type(*table)?,
        };
        imports.import(FIRST, &name('t', index), kind);
    }
    for (index, memory) in (0..).zip(&module.memories) {
        let kind = writer.memory_type(*memory)?;
        imports.import(FIRST, &name('m', index), kind);
    }
    for (index, global) in (0..).zip(&module.globals) {
        let kind = writer.global_type(*global)?;
        imports.import(FIRST, &name('g', index), kind);
    }
    let mut written = Module::new();
    written
        .section(&types)
        .section(&imports)
        .section(&writer.function_types(&plan.later)?)
        .section(&writer.filling(&plan.later_places)?)
        .section(&writer.code(&plan.later)?);
    if let Some(features) = module.features {
        written.section(&CustomSection {
            name: "target_features".into(),
            data: features.into(),
        });
    }
    Ok(written.finish())
}

fn name(letter: char, index: u32) -> String {
    format!("{letter}{index}")
}

fn count(length: usize) -> Result<u32> {
    u32::try_from(length).context("too many functions")
}

/// A name without the hash behind each crate's: `backlab[1f2e]::web` is `backlab::web`.
fn without_hashes(name: &str) -> String {
    let mut plain = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before);
        match after.split_once(']') {
            Some((hash, behind))
                if hash.len() > 8 && hash.bytes().all(|b| b.is_ascii_hexdigit()) =>
            {
                rest = behind;
            }
            _ => {
                plain.push('[');
                rest = after;
            }
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of four functions: what it starts with, a gate, what only the gate calls, and what
    /// both call; and one whose address is taken by name.
    const PAGE: &str = r#"(module
        (type $plain (func))
        (type $adds (func (param i32 i32) (result i32)))
        (import "js" "log" (func $log (type $plain)))
        (table 4 4 funcref)
        (memory 1)
        (global (mut i32) (i32.const 7))
        (export "start" (func $"start"))
        (elem (i32.const 1) $"start" $"<backlab[0123456789abcdef]::web::panels::scope::draw as X>::call")
        (func $"start" (type $plain)
            (drop (call $"<backlab[0123456789abcdef]::web::state::State>::act" (i32.const 1) (i32.const 2)))
            (call $"<backlab[0123456789abcdef]::web::app::App>::carry_out_later")
            (call $"common"))
        (func $"<backlab[0123456789abcdef]::web::state::State>::act" (type $adds)
            (call $"only later")
            (call $"common")
            (call $log)
            (i32.add (local.get 0) (local.get 1)))
        (func $"<backlab[0123456789abcdef]::web::app::App>::carry_out_later" (type $plain))
        (func $"<backlab[0123456789abcdef]::web::panels::scope::draw as X>::call" (type $plain))
        (func $"only later" (type $plain))
        (func $"common" (type $plain)))"#;

    #[test]
    fn the_second_part_has_what_only_it_calls_and_imports_what_both_do() {
        let wasm = wat::parse_str(PAGE).unwrap();
        let parts = split(&wasm).unwrap();
        let first = Read::of(&parts.first).unwrap();
        // start, common, and the two ways through the table.
        assert_eq!(first.bodies.len(), 4);
        assert_eq!(first.places.keys().collect::<Vec<_>>(), [&1]);
        assert_eq!(first.tables[0].initial, 6);
        let later = imports(&parts.later);
        assert_eq!(later.bodies, 4);
        assert_eq!(later.places, [2, 4, 5]);
        let exported = exports(&parts.first);
        assert_eq!(later.names, ["f0", "f6", "t0", "m0", "g0"]);
        assert!(later.names.iter().all(|name| exported.contains(name)));
    }

    #[test]
    fn a_page_without_names_or_without_its_gates_is_refused() {
        let nameless = wat::parse_str("(module (func))").unwrap();
        let told = |wasm: &[u8]| split(wasm).err().map(|error| error.to_string());
        assert!(told(&nameless).unwrap().contains("lost its names"));
        let other = wat::parse_str("(module (func $f))").unwrap();
        assert!(told(&other).unwrap().contains("some are not there"));
    }

    struct Later {
        names: Vec<String>,
        bodies: usize,
        places: Vec<u32>,
    }

    fn imports(wasm: &[u8]) -> Later {
        let mut later = Later {
            names: Vec::new(),
            bodies: 0,
            places: Vec::new(),
        };
        let mut elements = Read::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.unwrap() {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import.unwrap();
                        assert_eq!(import.module, FIRST);
                        later.names.push(import.name.to_owned());
                    }
                }
                Payload::ElementSection(section) => elements.elements(section).unwrap(),
                Payload::CodeSectionEntry(_) => later.bodies += 1,
                _ => {}
            }
        }
        later.places = elements.places.into_keys().collect();
        later
    }

    fn exports(wasm: &[u8]) -> Vec<String> {
        let mut names = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            if let Payload::ExportSection(section) = payload.unwrap() {
                names.extend(
                    section
                        .into_iter()
                        .map(|export| export.unwrap().name.to_owned()),
                );
            }
        }
        names
    }
}
