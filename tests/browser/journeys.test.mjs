// A learner goes through labs as their authors planned: wrong, helped, right, to the end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, readLab } from "./lab-file.mjs";
import { Learner, until } from "./learner.mjs";
import { url, withPage } from "./page.mjs";

const LABS = [
  ...["http-anatomy", "status-codes", "select-basics", "isolation-levels", "n-plus-one"],
  ...["http-freshness", "rate-limit-429", "api-versioning", "jwt", "sessions-and-cookies"],
  ...["sql-injection", "api-tests", "load-balancing", "purge-and-cache-groups", "url-shortener"],
];

for (const id of LABS) {
  test(`${id}: wrong, helped, right, and on to the end`, () =>
    withPage(async (page) => {
      const lab = await readLab(id);
      const you = await openFromHome(page, lab);
      const fresh = await you.world();
      const [first, ...rest] = lab.tasks;

      const wrong = first.wrongs.find(({ says }) => says);
      await you.perform(wrong.steps);
      await you.check();
      await you.guide.getByRole("listitem").filter({ hasText: wrong.says }).waitFor();

      const hints = you.guide.getByRole("list", { name: "Hints" }).getByRole("listitem");
      for (const [at, hint] of first.hints.entries()) {
        await you.guide.getByRole("button", { name: "Hint", exact: true }).click();
        assert.ok(plain(await hints.nth(at).innerText()).includes(plain(hint).slice(0, 40)), hint);
      }
      // A solution is meant from where the task begins.
      await confirm(you, "Reset task", "Begin the task again");
      await you.perform(first.solutions[0]);
      await you.pass(first);

      for (const task of rest) {
        await you.next(task);
        await you.perform(task.solutions[0]);
        await you.pass(task);
        if (task === lab.tasks[3]) await staysAfterReload(you, lab);
      }
      await you.guide.getByText("That was the whole lab.").waitFor();

      await confirm(you, "Reset lab", "Begin the lab again");
      await until(async () => same(await you.world(), fresh), "the world as it was at first");
      assert.deepEqual(await steps(you), lab.tasks.map((task) => task.title));
      await page.goto(`${url}#/`);
      const card = page.getByRole("main").getByRole("listitem").filter({ hasText: lab.title });
      await card.getByText(`${lab.tasks.length} tasks`).waitFor();
    }));
}

test("data, caches, clock and half-typed text are back after a reload, and gone after a reset", () =>
  withPage(async (page) => {
    const lab = await readLab("http-freshness");
    const [, lifetime, , price] = lab.tasks;
    await page.goto(`${url}#/lab/${lab.id}/${lifetime.id}`);
    const you = new Learner(page, lab.id);
    await you.ready();
    await you.perform(lifetime.solutions[0]);
    await you.pass(lifetime);
    await page.goto(`${url}#/lab/${lab.id}/${price.id}`);
    await you.guide.getByRole("heading", { level: 2, name: price.title }).waitFor();
    const before = await you.world();
    assert.match(before.Caches, /GET \/books\/1/);

    await you.run("sql", price.starts.sql);
    await you.wait("+10 s");
    await you.write("http", "GET /authors/1");
    const world = await until(async () => {
      const world = await you.world();
      return !same(world, before) && world;
    }, "a world that moved");
    await page.reload();
    await you.ready();
    assert.deepEqual(await you.world(), world);
    assert.equal(await you.read("http"), "GET /authors/1");
    const priceNow = async () => {
      await you.run("sql", "SELECT price FROM books WHERE id = 1");
      return until(() => you.workbench.getByRole("region", { name: "Result" }).getByRole("cell").innerText(), "a price");
    };
    assert.match(await priceNow(), /^12\.25$/);

    await confirm(you, "Reset task", "Begin the task again");
    await until(async () => same(await you.world(), before), "the world as the task began");
    assert.equal(await you.read("http"), price.starts.http);
    assert.match(await priceNow(), /^14\.50?$/);
  }));

test("a keyboard is enough", () =>
  withPage(async (page) => {
    const lab = await readLab("rate-limit-429");
    const [burst, told] = lab.tasks;
    await page.goto(url);
    await page.getByRole("link", { name: lab.title }).waitFor();
    await tabTo(page, page.getByRole("link", { name: lab.title }));
    await page.keyboard.press("Enter");
    const you = new Learner(page, lab.id);
    await you.ready();

    const guess = you.guide.getByRole("group", { name: /^Before you run it/ });
    await tabTo(page, guess.getByRole("radio").first());
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await tabTo(page, guess.getByRole("button", { name: "Predict" }));
    await page.keyboard.press("Enter");

    await tabTo(page, you.workbench.getByRole("button", { name: "Text", exact: true }));
    await page.keyboard.press("Enter");
    const editor = await you.liveEditor("http");
    await tabTo(page, editor);
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText(burst.solutions[0][0].text);
    await page.keyboard.press("ControlOrMeta+Enter");
    await you.response.waitFor();
    await pressTo(page, you.guide.getByRole("button", { name: "Check" }));
    await until(async () => /Task done/.test(await you.verdict.innerText()), "the first task passed");
    await pressTo(page, you.guide.getByRole("link", { name: "Next task" }));
    await you.guide.getByRole("heading", { level: 2, name: told.title }).waitFor();

    const send = you.workbench.getByRole("button", { name: "Send", exact: true });
    await pressTo(page, send);
    await you.response.getByText("429 Too Many Requests").first().waitFor();
    await pressTo(page, you.clock.getByRole("button", { name: "Forward one second" }));
    await pressTo(page, send);
    await you.response.getByText("200 OK").waitFor();

    const quiz = you.guide.getByRole("group", { name: /^Question/ });
    await tabTo(page, quiz.getByRole("radio").first());
    await page.keyboard.press("ArrowDown");
    await pressTo(page, quiz.getByRole("button", { name: "Answer" }));
    await pressTo(page, you.guide.getByRole("button", { name: "Check" }));
    await until(async () => /Task done/.test(await you.verdict.innerText()), "the second task passed");

    await tabTo(page, you.workbench.getByRole("tab", { name: "HTTP" }));
    await page.keyboard.press("ArrowRight");
    await you.editor("toml").waitFor();
    await tabTo(page, you.scope.getByRole("tab", { selected: true }));
    await page.keyboard.press("End");
    await you.scope.getByRole("heading", { name: "books" }).waitFor();
  }));

async function openFromHome(page, lab) {
  await page.goto(url);
  await page.getByRole("main").getByRole("link", { name: lab.title }).click();
  await page.getByRole("heading", { level: 1, name: lab.title }).waitFor();
  const you = new Learner(page, lab.id);
  await you.ready();
  return you;
}

/** Reloads in the middle of a lab: place, progress, world and what was being typed are there again. */
async function staysAfterReload(you, lab) {
  const first = Object.keys(lab.tasks[0].starts)[0] ?? lab.panel;
  // Nothing is typed where traffic is run: its text stands in the Routes panel.
  const lang = first === "traffic" ? "toml" : first;
  await you.write(lang, "half typed");
  const before = { world: await you.world(), steps: await steps(you) };
  await you.page.reload();
  await you.ready();
  assert.deepEqual({ world: await you.world(), steps: await steps(you) }, before);
  assert.equal(await you.read(lang), "half typed");
  if (lang === "toml") await you.workbench.getByRole("button", { name: "Discard changes" }).click();
  const here = you.guide.getByRole("navigation", { name: "Tasks" }).locator("[aria-current=step]");
  assert.match(await here.getAttribute("aria-label"), /^Task 4: .*, passed$/);
}

/** The tasks as the guide lists them. */
async function steps(you) {
  const links = await you.guide.getByRole("navigation", { name: "Tasks" }).getByRole("link").all();
  const labels = await Promise.all(links.map((link) => link.getAttribute("aria-label")));
  return labels.map((label) => label.replace(/^Task \d+: /, ""));
}

async function confirm(you, what, answer) {
  await you.guide.getByRole("button", { name: what }).click();
  await you.page.getByRole("dialog").getByRole("button", { name: answer }).click();
  await you.ready();
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Presses Tab until something has the focus. */
async function tabTo(page, target) {
  await target.waitFor();
  for (let presses = 0; presses < 200; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab never comes to ${target}`);
}

async function pressTo(page, target) {
  await tabTo(page, target);
  await page.keyboard.press("Enter");
}
