// The same commands give the same bytes, natively and in the browser.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { url, withPage } from "./page.mjs";
import { labPaths, text } from "./site.mjs";

/** Every lab's solutions as a log of commands, with the digest of a native run. */
async function nativeDigests() {
  const cwd = fileURLToPath(new URL("../../", import.meta.url));
  const cargo = process.env.CARGO ?? "cargo";
  const { stdout } = await promisify(execFile)(cargo, ["xtask", "digest"], { cwd, maxBuffer: 64 << 20 });
  return Object.entries(JSON.parse(stdout));
}

/** A lab's files, as the page gives them to its worker. */
async function source(path) {
  const lab = await text(`labs/${path}`);
  const name = /^world = "(.*)"$/m.exec(lab)[1];
  const file = (file) => text(`labs/worlds/${name}/${file}`);
  const [world, schema, seed, hidden] = await Promise.all(
    ["world.toml", "schema.sql", "seed.sql", "hidden.sql"].map(file),
  );
  return { lab: { path, text: lab }, world: { name, world, schema, seed, hidden } };
}

test("every lab's solutions leave the same digest in the browser as natively", () =>
  withPage(async (page) => {
    const [labs, paths] = await Promise.all([nativeDigests(), labPaths()]);
    assert.ok(labs.length >= 4, "the labs there are");
    await page.goto(url);
    for (const [id, { log, digest }] of labs) {
      const calls = [{ open: { source: await source(paths[id]), log } }, "digest"];
      const replies = await page.evaluate(ask, calls);
      assert.deepEqual(replies.at(-1), { digest: { digest } }, id);
    }
  }));

/** Runs in the page: a worker of its own is asked one thing after the other. */
async function ask(calls) {
  const worker = new Worker(new URL("worker_loader.js", document.baseURI), { type: "module" });
  const heard = () =>
    new Promise((done, fail) => {
      worker.onmessage = ({ data }) => done(JSON.parse(data).reply);
      worker.onerror = ({ message }) => fail(new Error(message));
    });
  const replies = [await heard()];
  for (const [at, call] of calls.entries()) {
    worker.postMessage(JSON.stringify({ id: at + 1, call }));
    replies.push(await heard());
  }
  worker.terminate();
  return replies;
}
