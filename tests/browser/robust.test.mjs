// What must never happen, whatever is typed, stored, served or broken.
import assert from "node:assert/strict";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readLab } from "./lab-file.mjs";
import { longestGaps, watchFrames } from "./frames.mjs";
import { Learner, until } from "./learner.mjs";
import { url, withPage } from "./page.mjs";
import { dist, labPaths, serve, text } from "./site.mjs";

const LAB = "select-basics";
const COUNT = "SELECT COUNT(*) FROM books";

test("a copy of the folder works below any path", async () => {
  const folder = await mkdtemp(join(tmpdir(), "backlab-copy-"));
  await cp(dist, folder, { recursive: true });
  const site = await serve(folder, "/course/unit-3/");
  try {
    await withPage(async (page) => {
      const asked = [];
      page.on("request", (request) => asked.push(request.url()));
      const lab = await readLab(LAB);
      await page.goto(site.url);
      await page.getByRole("main").getByRole("link", { name: lab.title }).click();
      const you = new Learner(page, LAB);
      await you.ready();
      await you.perform(lab.tasks[0].solutions[0]);
      await you.pass(lab.tasks[0]);
      const outside = asked.filter((address) => !address.startsWith(site.url) && !address.startsWith("data:"));
      assert.deepEqual(outside, []);
    });
  } finally {
    await site.close();
    await rm(folder, { recursive: true });
  }
});

test("SQL that runs for minutes leaves the page alone, and Stop ends it within a second", () =>
  withPage(async (page) => {
    const you = await sandbox(page);
    await you.run("sql", "UPDATE books SET price = 1.25 WHERE id = 1");
    await you.workbench.getByText("1 row changed").waitFor();
    // One statement is ended by the engine's own budget; a thousand that keep to it run for minutes.
    await you.write("sql", "SELECT COUNT(*) FROM books a, books b WHERE a.id + b.id = 0;\n".repeat(1_000));
    await watchFrames(page);
    await you.workbench.getByRole("button", { name: "Run", exact: true }).click();
    const stop = you.workbench.getByRole("button", { name: "Stop" });
    await stop.waitFor();
    const gaps = await longestGaps(page);
    const longest = gaps[Math.floor(gaps.length / 2)];
    const took = await page.evaluate(async () => {
      cancelAnimationFrame(window.frames_.next);
      const start = performance.now();
      [...document.querySelectorAll("button")].find((button) => button.innerText === "Stop").click();
      while (!document.body.innerText.includes("Stopped.")) await new Promise(requestAnimationFrame);
      return performance.now() - start;
    });
    await you.ready();
    await you.run("sql", "SELECT price FROM books WHERE id = 1");
    await you.workbench.getByRole("cell", { name: "1.25" }).waitFor();
    assert.ok(longest < 100, `frames took ${gaps} ms`);
    assert.ok(took < 1_000, `Stop took ${took} ms`);
  }));

const MEGABYTE = 1 << 20;
const BAD_SQL = {
  nonsense: "SELEC title FORM books",
  "an unknown column": "SELECT titel FROM books",
  "an open quote": "SELECT 'abc FROM books",
  "half a statement": "SELECT title, FROM books WHERE",
  "a megabyte of statements": "SELECT 1;\n".repeat(MEGABYTE / 10),
  "a megabyte of nothing": "-".repeat(MEGABYTE),
  "a megabyte of one value": `SELECT titel FROM books WHERE title = '${"x".repeat(MEGABYTE)}'`,
  "ten thousand parentheses": `SELECT ${"(".repeat(10_000)}1${")".repeat(10_000)}`,
  "ten thousand negations": `SELECT ${"NOT ".repeat(10_000)}TRUE`,
  "a sum of ten thousand": `SELECT titel + ${"1+".repeat(10_000)}1 FROM books`,
  "queries in queries": `${"SELECT * FROM (".repeat(2_000)}books${")".repeat(2_000)}`,
  "characters from elsewhere": "SELECT \u0000\u202e🦀 ＦＲＯＭ books",
  "an unknown table": "SELECT * FROM no_such_table a, books b",
  "a comment and nothing else": "-- nothing",
  "nothing at all": "",
};

for (const [name, sql] of Object.entries(BAD_SQL)) {
  test(`${name} as SQL is answered with a reason, and nothing is lost`, () =>
    withPage(async (page) => {
      const you = await sandbox(page);
      await you.run("sql", "UPDATE books SET price = 1.25 WHERE id = 1");
      await you.workbench.getByText("1 row changed").waitFor();
      await you.run("sql", sql);
      await until(async () => /✕\s*\S+/.test(await you.workbench.getByRole("tabpanel").innerText()), "a reason");
      await you.run("sql", "SELECT price FROM books WHERE id = 1");
      await you.workbench.getByRole("cell", { name: "1.25" }).waitFor();
      assert.equal(await page.getByText("brought back").count(), 0, "the engine broke on the way");
    }));
}

const BAD_REQUESTS = {
  "no path": "GET",
  "a path without a slash": "GET books",
  "a broken host": "GET http://[::1/books",
  "a bad escape": "GET /books/%zz",
  "a space in the path": "GET /books/the salt road",
  "an unknown method": "FROB /books/1",
  "a method of nonsense": "G€T /books/1",
  "a line that is no header": "GET /books/1\nthis is no header",
  "a header name with spaces": "GET /books/1\nX Y: 1",
  "a header value that breaks lines": "GET /books/1\nX-A: 1\r\nX-B",
  "a body that is no JSON": 'POST /reviews\nContent-Type: application/json\n\n{"book_id": 1,',
  "a body as deep as a well": `POST /reviews\nContent-Type: application/json\n\n${"[".repeat(10_000)}`,
  "a million times": "# @times 1000000\nGET /books/1",
  "an unknown directive": "# @often\nGET /books/1",
};

test("requests that cannot be sent or answered say why, and nothing is lost", () =>
  withPage(async (page) => {
    const you = await sandbox(page);
    const results = you.workbench.getByRole("tabpanel");
    for (const [name, request] of Object.entries(BAD_REQUESTS)) {
      await you.run("http", request);
      await until(async () => {
        const said = await results.innerText();
        return /✕\s*(\S+ ?){3}/.test(said) || /\b[45]\d\d [A-Z]/.test(said);
      }, `a reason for ${name}`);
      await you.run("http", "GET /books/1");
      await you.response.getByText("200 OK").waitFor();
    }
  }));

test("a world's text that cannot be applied says where, and the backend runs on", () =>
  withPage(async (page) => {
    const you = await sandbox(page);
    const good = await you.read("toml");
    const bad = ["not toml at all [", good.replace("sql = ", "sq = "), `${good}\nlayers = 1`, `layers = 1\n${good}`];
    for (const text of bad) {
      await you.write("toml", text);
      await you.workbench.getByRole("button", { name: "Apply", exact: true }).click();
      await you.workbench.getByText(/Line \d+, column \d+/).waitFor();
      assert.equal((await you.read("toml")).trim(), text.trim(), "what was typed stays");
      await you.run("http", "GET /books/1");
      await you.response.getByText("200 OK").waitFor();
    }
  }));

test("a worker answers what it does not understand", () =>
  withPage(async (page) => {
    await page.goto(url);
    const replies = await page.evaluate(async () => {
      const worker = new Worker(new URL("worker_loader.js", document.baseURI), { type: "module" });
      const heard = () =>
        new Promise((done, fail) => {
          worker.onmessage = ({ data }) => done(JSON.parse(data));
          worker.onerror = ({ message }) => fail(new Error(message));
        });
      const replies = [await heard()];
      const ask = [
        '{"id":1,"call":"fly"}',
        '{"id":2,"call":{"apply":{"command":{"fly":{"ms":1}}}}}',
        '{"id":3,"call":"view"}',
        "garbage",
        "",
        7,
        null,
        { id: 4 },
        '{"id":5,"call":{"check":{"task":"nope"}}}',
      ];
      for (const question of ask) {
        worker.postMessage(question);
        replies.push(await heard());
      }
      worker.terminate();
      return replies;
    });
    const [ready, ...others] = replies;
    assert.ok(ready.reply.ready, JSON.stringify(ready));
    for (const { reply } of others) {
      assert.ok(reply.failed?.problem.message.length > 10, JSON.stringify(reply));
      assert.notEqual(reply.failed.problem.code, "panic");
    }
  }));

const SAVES = {
  "of a newer Backlab": '{"version":9999,"revision":3,"log":[{"fly":{}}]}',
  "of an older Backlab": '{"version":0,"log":[]}',
  "that was cut off": '{"version":1,"revision":4,"log":[{"sql":{"session":1,"te',
  "of nonsense": "\u0000<svg onload=alert(1)>",
};

for (const [name, save] of Object.entries(SAVES)) {
  test(`a save ${name} is put aside and told`, () =>
    withPage(async (page) => {
      await keep(page, save);
      await page.goto(url);
      await page.getByRole("status").filter({ hasText: "put aside" }).waitFor();
      const kept = await page.evaluate((key) => localStorage.getItem(key), `backlab:1:lab:${LAB}:kept:1`);
      assert.equal(kept, save);
      await works(page);
    }));
}

test("a save whose commands mean nothing here still opens", () =>
  withPage(async (page) => {
    const you = await works(page);
    const save = await until(() => you.saved(), "a save");
    save.log = [
      { enter: { task: "no-such-task" } },
      { sql: { session: 1, text: "DROP TABLE nowhere" } },
      { sql: { session: 9, text: "ROLLBACK; COMMIT" } },
      { apply: { text: "garbage [" } },
      { answer: { task: "x", question: "quiz-99", choice: [99] } },
      { wait: { ms: 2 ** 53 } },
    ];
    save.progress = { task: "no-such-task", tasks: 99 };
    await keep(page, JSON.stringify(save));
    await works(page);
    assert.equal(await page.getByText("put aside").count(), 0);
  }));

test("without storage a banner says so, and the lab works", () =>
  withPage(async (page) => {
    await page.addInitScript(() => {
      const denied = () => {
        throw new DOMException("The operation is insecure.", "SecurityError");
      };
      Object.defineProperty(window, "localStorage", { get: denied });
    });
    await page.goto(url);
    await page.getByRole("status").filter({ hasText: "stores nothing" }).waitFor();
    await works(page);
  }));

test("with a full storage a banner says so, and the lab works", () =>
  withPage(async (page) => {
    await page.addInitScript(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
      };
    });
    await works(page);
    await page.getByRole("status").filter({ hasText: "stores nothing" }).waitFor();
  }));

test("two tabs on one lab do not overwrite each other", () =>
  withPage(async (first, context) => {
    const lab = await readLab(LAB);
    await first.goto(`${url}#/lab/${LAB}`);
    const one = new Learner(first, LAB);
    await one.ready();
    await one.perform(lab.tasks[0].solutions[0]);
    await one.pass(lab.tasks[0]);

    const second = await context.newPage();
    await second.goto(`${url}#/lab/${LAB}`);
    const other = new Learner(second, LAB);
    const banner = second.getByRole("status").filter({ hasText: "another tab" });
    await banner.waitFor();
    await other.ready();
    const saved = await one.saved();
    await other.run("sql", "DELETE FROM books WHERE id = 1");
    await other.workbench.getByText(/rows? changed|✕/).waitFor();
    assert.deepEqual(await one.saved(), saved, "a guest saves nothing");

    await second.getByRole("button", { name: "Take over here" }).click();
    await banner.waitFor({ state: "detached" });
    await first.getByRole("status").filter({ hasText: "another tab" }).waitFor();
    await other.ready();
    await other.run("sql", COUNT);
    await other.workbench.getByRole("cell", { name: "412" }).waitFor();
    await until(async () => (await other.saved()).revision > saved.revision, "the new owner's save");
    const taken = await other.saved();
    assert.equal(taken.progress.by_task[lab.tasks[0].id].passed, true, "the first tab's work is there");
    await one.run("sql", "SELECT 1 FROM books");
    await one.workbench.getByText("412 rows").first().waitFor();
    assert.deepEqual(await other.saved(), taken);
  }));

const ATTACKS = [
  "<script>window.hit = 1</script>",
  '<img src="x" onerror="window.hit = 2">',
  "<svg onload=window.hit=3></svg>",
  "<iframe srcdoc='<script>parent.hit=4</script>'></iframe>",
];

test("what stands in a lab file is text, and never runs", () =>
  withPage(
    async (page) => {
      const path = `labs/${(await labPaths())[LAB]}`;
      const intro = `${ATTACKS.join("\n\n")}\n\n[harmless](javascript:window.hit=5) [data](data:text/html,x)\n\n`;
      const [written, ready] = await Promise.all([text(path), text(path.replace(/md$/, "json"))]);
      const lab = JSON.parse(ready);
      lab.title = ATTACKS[1];
      lab.intro = [
        ...ATTACKS.map((attack) => ({ Paragraph: [{ Text: attack }] })),
        { Paragraph: [{ Link: { href: "javascript:window.hit=6", text: [{ Text: "harmless" }] } }] },
      ];
      // The engine's reading replaces the page's own, so each is looked at without the other.
      for (const [extension, body, other] of [
        ["json", JSON.stringify(lab), "worker*.wasm"],
        ["md", written.replace("\n## ", `\n${intro}## `), "labs/*/*.json"],
      ]) {
        await page.unrouteAll();
        await page.route(`**/${path.replace(/md$/, extension)}`, (route) => route.fulfill({ body }));
        await page.route(`**/${other}`, (route) => (other.startsWith("labs") ? route.fulfill({ status: 404 }) : undefined));
        await page.goto(`${url}#/lab/${LAB}`);
        await page.reload();
        const guide = page.getByRole("region", { name: "Guide" });
        await guide.getByText("<script>window.hit = 1</script>").first().waitFor();
        const link = guide.getByText("harmless");
        assert.equal(await link.count(), 1);
        assert.doesNotMatch((await link.getAttribute("href")) ?? "", /^javascript/i);
        await link.click();
        assert.equal(await page.evaluate(() => window.hit), undefined);
        assert.equal(await guide.locator("script, img, iframe").count(), 0);
      }
    },
    { allow: [/404/] },
  ));

test("a broken lab file is shown to its author, with the line", () =>
  withPage(async (page) => {
    const path = `labs/${(await labPaths())[LAB]}`;
    const written = await text(path);
    const line = written.slice(0, written.indexOf("```toml check")).split("\n").length + 1;
    const body = written.replace(/```toml check\nid = "([a-z-]+)"/, "```toml check\nid = $1\"");
    await page.route(`**/${path}`, (route) => route.fulfill({ body }));
    await page.goto(`${url}#/lab/${LAB}`);
    await page.getByRole("heading", { level: 1, name: "This lab needs its author" }).waitFor();
    await page.getByText(`Line ${line}`).waitFor();
  }));

test("addresses lead to a place, or say that they do not", () =>
  withPage(async (page) => {
    const lab = await readLab(LAB);
    const last = lab.tasks.at(-1);
    await page.goto(`${url}#/lab/no-such-lab`);
    await page.getByText("There is no lab called “no-such-lab”.").waitFor();
    await page.goto(`${url}#/nowhere/at/all`);
    await page.getByRole("heading", { level: 1, name: "Nothing here" }).waitFor();
    await page.goto(`${url}#/lab/${LAB}/${last.id}?sql=SELECT%20%27linked%27`);
    await page.getByRole("heading", { level: 2, name: last.title }).waitFor();
    const you = new Learner(page, LAB);
    assert.equal(await you.read("sql"), "SELECT 'linked'");
    await page.goto(`${url}#/lab/${LAB}/no-such-task`);
    await page.getByRole("heading", { level: 1, name: lab.title }).waitFor();
    await page.goto(`${url}#/lab/%00%ff/<script>`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.goto(`${url}#/sandbox/..%2f..%2f`);
    await page.getByRole("heading", { level: 1 }).waitFor();
  }, { allow: [/404/] }));

test("an engine that cannot be loaded is told, and the lab can be read", () =>
  withPage(
    async (page) => {
      await page.route("**/worker*.wasm", (route) => route.abort());
      await page.goto(`${url}#/lab/${LAB}`);
      await page.getByRole("status").filter({ hasText: "The engine does not start" }).waitFor();
      await page.getByRole("region", { name: "Guide" }).getByRole("heading", { level: 2 }).waitFor();
      await page.unrouteAll();
      await page.getByRole("button", { name: "Reload" }).click();
      await works(page);
    },
    { allow: [/ERR_FAILED/, /fetch/i, /wasm/i] },
  ));

test("labs that cannot be fetched are told", () =>
  withPage(
    async (page) => {
      await page.route("**/labs/index.json", (route) => route.fulfill({ status: 503 }));
      await page.goto(url);
      await page.getByText(/list of labs cannot be shown.*503/).waitFor();
      await page.unrouteAll();
      await page.route("**/labs/index.json", (route) => route.fulfill({ body: "<!doctype html>" }));
      await page.reload();
      await page.getByText(/index.json cannot be read/).waitFor();
    },
    { allow: [/503/] },
  ));

async function sandbox(page) {
  await page.goto(`${url}#/sandbox/bookshop`);
  const you = new Learner(page, "sandbox/bookshop");
  await you.ready();
  return you;
}

/** Puts a save into the storage while the app is not there. */
async function keep(page, save) {
  await page.route("**/empty", (route) =>
    route.fulfill({ contentType: "text/html", body: '<link rel="icon" href="data:,">' }),
  );
  await page.goto(`${url}empty`);
  await page.evaluate(([key, save]) => localStorage.setItem(key, save), [`backlab:1:lab:${LAB}`, save]);
}

/** The lab can be worked in. */
async function works(page) {
  await page.goto(`${url}#/lab/${LAB}`);
  const you = new Learner(page, LAB);
  await you.ready();
  await you.run("sql", COUNT);
  await you.workbench.getByRole("cell", { name: "412" }).waitFor();
  return you;
}
