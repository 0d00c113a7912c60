// The same commands give the same bytes, natively and in the browser.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { url, withPage } from "./page.mjs";
import { labPaths, text } from "./site.mjs";
import { ask, worldFiles } from "./worker.mjs";

const ROOT = new URL("../../", import.meta.url);

/** Labs or files of topologies as logs of commands, each with its world and the digest of a native run. */
async function nativeDigests(...args) {
  const cargo = process.env.CARGO ?? "cargo";
  const options = { cwd: fileURLToPath(ROOT), maxBuffer: 64 << 20 };
  const { stdout } = await promisify(execFile)(cargo, ["xtask", "digest", ...args], options);
  return Object.entries(JSON.parse(stdout));
}

/** Replays a log in a worker of its own, which must leave that digest. */
async function same(page, { world, log, digest }, lab, what) {
  const source = { lab, world: await worldFiles(world) };
  const answers = await ask(page, [{ open: { source, log } }, "digest"]);
  assert.deepEqual(answers.at(-1).reply, { digest: { digest } }, what);
}

// Every lab with all its wrong answers, and two runs of a million requests.
const longest = 900_000;

test("every lab's solutions leave the same digest in the browser as natively", async () => {
  const [labs, paths] = await Promise.all([nativeDigests(), labPaths()]);
  assert.ok(labs.length >= 4, "the labs there are");
  const journey = async (page) => {
    await page.goto(url);
    for (const [id, run] of labs) {
      const path = paths[id];
      await same(page, run, { path, text: await text(`labs/${path}`) }, id);
    }
  };
  await withPage(journey, { longest });
});

test("every topology's run leaves the same digest in the browser as natively", async () => {
  const files = await readdir(new URL("tests/traffic", ROOT));
  const topologies = files.filter((file) => file.endsWith(".toml")).map((file) => `tests/traffic/${file}`);
  assert.ok(topologies.length >= 5, "the topologies there are");
  const runs = await nativeDigests(...topologies);
  const journey = async (page) => {
    await page.goto(url);
    for (const [file, run] of runs) await same(page, run, null, file);
  };
  await withPage(journey, { longest });
});
