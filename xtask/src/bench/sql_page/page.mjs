// Runs in the page: opens each engine and times each query.
import startOurs from "./database.js";
import { PGlite } from "./pglite/index.js";
import { QUERIES, setup } from "./queries.mjs";

/** A sample is repeated until it takes this long, as far as the clock is coarse. */
const SAMPLE_MS = 15;
const SAMPLES = 7;
/** A run this slow is one sample. */
const SLOW_MS = 1_000;
const LONGEST_MS = 10_000;

const OPEN = {
  async backlab() {
    // Each database is a module instance of its own.
    await startOurs();
    const run = globalThis.backlabSql;
    return {
      run(sql) {
        const outcomes = JSON.parse(run(sql));
        const last = outcomes[outcomes.length - 1].result;
        if (last.failed) throw new Error(last.failed.problem.message);
        return last.rows?.rows ?? [];
      },
    };
  },
  async "sql.js"() {
    const library = await globalThis.initSqlJs({ locateFile: (file) => `sql.js/${file}` });
    const database = new library.Database();
    return { run: (sql) => database.exec(sql)[0]?.values ?? [], close: () => database.close() };
  },
  async alasql() {
    const database = new globalThis.alasql.Database();
    return {
      run(sql) {
        const found = database.exec(sql);
        return Array.isArray(found) ? found.map(Object.values) : [];
      },
    };
  },
  async pglite() {
    const database = await PGlite.create("memory://");
    return {
      run: async (sql) => (await database.query(sql)).rows.map(Object.values),
      close: () => database.close(),
    };
  },
};

/** Times all queries on `n` rows: `[{ rows, query, times: { engine: { ms, note } } }]`. */
globalThis.measure = async (n) => {
  const engines = {};
  for (const [name, open] of Object.entries(OPEN)) {
    const start = performance.now();
    engines[name] = await open();
    for (const sql of setup(n)) {
      try {
        await engines[name].run(sql);
      } catch (error) {
        if (!sql.startsWith("CREATE INDEX")) throw new Error(`${name}: ${sql.slice(0, 80)}: ${error}`);
      }
    }
    console.log(`${name}: ${n} rows in ${Math.round(performance.now() - start)} ms`);
  }
  const rows = [];
  for (const [query, text, isChange] of QUERIES) {
    const times = {};
    let wanted;
    for (const name of ["sql.js", "backlab", "alasql", "pglite"]) {
      times[name] = await time(engines[name], text);
      const { seen } = times[name];
      delete times[name].seen;
      wanted ??= seen;
      if (seen !== undefined && !isChange && seen !== wanted) times[name].note = "other rows";
      console.log(`${n} ${query}: ${name} ${times[name].ms} ${times[name].note}`);
    }
    rows.push({ rows: n, query, times });
  }
  for (const engine of Object.values(engines)) await engine.close?.();
  return rows;
};

/** The median of some samples; each run puts the next number for `{i}`. */
async function time(engine, text) {
  let at = 0;
  const statements = [text].flat();
  const once = async () => {
    at += 1;
    let last;
    for (const statement of statements) {
      const found = engine.run(statement.replace("{i}", at));
      // Awaiting what is there already would cost the others a turn of the loop.
      last = found instanceof Promise ? await found : found;
    }
    return last;
  };
  let seen;
  let took;
  try {
    const start = performance.now();
    seen = digest(await once());
    took = performance.now() - start;
  } catch (error) {
    return { ms: null, note: String(error).slice(0, 200) };
  }
  try {
    if (took > SLOW_MS) return { ms: took, note: "", seen };
    const warm = performance.now();
    let runs = 0;
    while (performance.now() - warm < SAMPLE_MS) {
      await once();
      runs += 1;
    }
    const samples = [];
    const begin = performance.now();
    while (samples.length < SAMPLES && performance.now() - begin < LONGEST_MS) {
      const start = performance.now();
      for (let run = 0; run < runs; run += 1) await once();
      samples.push((performance.now() - start) / runs);
    }
    samples.sort((a, b) => a - b);
    return { ms: samples[Math.floor(samples.length / 2)], note: "", seen };
  } catch (error) {
    return { ms: null, note: String(error).slice(0, 200) };
  }
}

/** What rows say, whatever their order and however an engine writes numbers and days. */
function digest(rows) {
  const plain = (value) => {
    if (typeof value === "bigint") return Number(value);
    if (value instanceof Date) return value.toISOString().slice(0, 10);
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) ? Math.round(number * 1e6) / 1e6 : String(value);
  };
  return rows
    .map((row) => JSON.stringify(row.map(plain)))
    .sort()
    .join("\n");
}
globalThis.isReady = true;
