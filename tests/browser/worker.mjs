// The engine's worker by itself: asked what a page asks, with no page around it.
import { text } from "./site.mjs";

/** The files of a world, as the page gives them to its worker. */
export async function worldFiles(name) {
  const file = (file) => text(`labs/worlds/${name}/${file}`);
  const [world, schema, seed, hidden] = await Promise.all(
    ["world.toml", "schema.sql", "seed.sql", "hidden.sql"].map(file),
  );
  return { name, world, schema, seed, hidden };
}

/** Asks a new worker one thing after the other: `[{ reply, ms }]`, the first of which is that it is ready. */
export function ask(page, calls) {
  return page.evaluate(converse, calls);
}

/** Runs in the page. */
async function converse(calls) {
  const start = performance.now();
  const worker = new Worker(new URL("worker_loader.js", document.baseURI), { type: "module" });
  const heard = (since) =>
    new Promise((done, fail) => {
      worker.onmessage = ({ data }) => done({ reply: JSON.parse(data).reply, ms: performance.now() - since });
      worker.onerror = ({ message }) => fail(new Error(message));
    });
  const answers = [await heard(start)];
  for (const [at, call] of calls.entries()) {
    const since = performance.now();
    worker.postMessage(JSON.stringify({ id: at + 1, call }));
    answers.push(await heard(since));
  }
  worker.terminate();
  return answers;
}
