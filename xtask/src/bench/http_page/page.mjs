// Runs in the page: opens one engine and times the same reads on it.
import { Model, Response as MirageResponse, createServer } from "miragejs";
import { HttpResponse, http } from "msw";
import { setupWorker } from "msw/browser";

const HOST = "https://bookshop.example";
/** A sample is repeated until it takes this long, as far as the clock is coarse. */
const SAMPLE_MS = 100;
const SAMPLES = 7;

const READS = [
  ["one row by its key", (i) => `/books/${(i % 40) + 1}`],
  ["a page of a list", (i) => `/books?limit=20&offset=${(i % 40) + 1}`],
  ["a search", () => "/books?q=the"],
  ["what belongs to a row", (i) => `/books/${(i % 40) + 1}/reviews`],
  ["nothing there: 404", (i) => `/books/${(i % 40) + 1}0000`],
];

/** The rows of the bookshop as objects, which the others serve. */
async function data() {
  const { default: start } = await import(/* webpackIgnore: true */ new URL("./requests.js", location.href).href);
  await start();
  const read = (sql) => {
    const [names, rows] = JSON.parse(globalThis.backlabRows(sql));
    return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]])));
  };
  return { books: read("SELECT * FROM books"), reviews: read("SELECT * FROM reviews") };
}

const pick = (row, ...names) => Object.fromEntries(names.map((name) => [name, row[name]]));
const book = (row) => pick(row, "id", "title", "author_id", "publisher", "published", "price", "stock");
const byTitle = (a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : a.id - b.id);

function page(books, { q = "", limit = "20", offset = "0" }) {
  const found = books.filter((row) => row.title.includes(q)).sort(byTitle);
  return found.slice(Number(offset), Number(offset) + Number(limit)).map((row) => pick(row, "id", "title", "price"));
}

const asked = async (path) => (await fetch(HOST + path)).text();

const OPEN = {
  async backlab() {
    await data();
    return (path) => globalThis.backlabRequest("GET", path);
  },
  async "backlab in its worker"() {
    const worker = new Worker("worker.mjs", { type: "module" });
    await new Promise((done) => worker.addEventListener("message", done, { once: true }));
    const waiting = new Map();
    worker.onmessage = ({ data: [id, body] }) => {
      waiting.get(id)(body);
      waiting.delete(id);
    };
    let last = 0;
    return (path) =>
      new Promise((done) => {
        last += 1;
        waiting.set(last, done);
        worker.postMessage([last, "GET", path]);
      });
  },
  async msw() {
    const { books, reviews } = await data();
    const missing = () => HttpResponse.json({ title: "Not Found" }, { status: 404 });
    const worker = setupWorker(
      http.get(`${HOST}/books`, ({ request }) =>
        HttpResponse.json(page(books, Object.fromEntries(new URL(request.url).searchParams))),
      ),
      http.get(`${HOST}/books/:id`, ({ params }) => {
        const found = books.find((row) => row.id === Number(params.id));
        return found ? HttpResponse.json(book(found)) : missing();
      }),
      http.get(`${HOST}/books/:id/reviews`, ({ params }) => {
        const own = reviews.filter((row) => row.book_id === Number(params.id));
        return HttpResponse.json(own.map((row) => pick(row, "id", "rating", "text")));
      }),
    );
    await worker.start({ quiet: true, onUnhandledRequest: "bypass" });
    return asked;
  },
  async mirage() {
    const { books, reviews } = await data();
    const server = createServer({
      environment: "production",
      models: { book: Model, review: Model },
      routes() {
        this.urlPrefix = HOST;
        this.timing = 0;
        this.get("/books", ({ db }, request) => page(db.books, request.queryParams));
        this.get("/books/:id", ({ db }, { params }) => {
          const found = db.books.find(params.id);
          return found
            ? { ...book(found), id: Number(found.id) }
            : new MirageResponse(404, {}, { title: "Not Found" });
        });
        this.get("/books/:id/reviews", ({ db }, { params }) =>
          db.reviews.where({ book_id: Number(params.id) }).map((row) => pick(row, "id", "rating", "text")),
        );
      },
    });
    server.logging = false;
    server.db.loadData({ books, reviews });
    return asked;
  },
};

/** Times every read on an engine: `[{ read, ms, seen }]`; `seen` are the bodies of a few answers. */
globalThis.measure = async (engine) => {
  const ask = await OPEN[engine]();
  const rows = [];
  for (const [read, path] of READS) {
    let at = 0;
    const once = async () => {
      const answer = ask(path(at++));
      // Awaiting what is there already would cost the others a turn of the loop.
      return answer instanceof Promise ? await answer : answer;
    };
    const seen = [];
    for (let i = 0; i < 5; i += 1) seen.push(await once());
    const run = async (until) => {
      const start = performance.now();
      let runs = 0;
      while (performance.now() - start < until) {
        await once();
        runs += 1;
      }
      return (performance.now() - start) / runs;
    };
    await run(SAMPLE_MS);
    const samples = [];
    for (let i = 0; i < SAMPLES; i += 1) samples.push(await run(SAMPLE_MS));
    samples.sort((a, b) => a - b);
    rows.push({ read, ms: samples[Math.floor(samples.length / 2)], seen: read.includes("404") ? [] : seen.map(plain) });
  }
  return rows;
};

/** What an answer says, however numbers and keys are written. */
function plain(body) {
  const sorted = (value) => {
    if (Array.isArray(value)) return value.map(sorted);
    if (value === null || typeof value !== "object") return value === null ? null : String(value);
    return Object.fromEntries(
      Object.keys(value)
        .sort()
        .map((key) => [key, sorted(value[key])]),
    );
  };
  return JSON.stringify(sorted(JSON.parse(body)));
}

globalThis.ENGINES = Object.keys(OPEN);
globalThis.isReady = true;
