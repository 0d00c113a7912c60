// A learner's hands: finds things by what they are called, and uses mouse and keyboard.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { merge } from "./world-text.mjs";

const PANELS = { http: "HTTP", sql: "SQL", toml: "Routes", tests: "Tests", run: "Traffic" };
const EDITORS = { http: "Request as text", sql: /^(SQL|Console 1)$/, toml: "Routes and layers", tests: "Tests" };
const RUNS = { http: "Send", sql: "Run", toml: "Apply", tests: "Run tests" };
/** The clock's buttons, the largest first. */
const JUMPS = [
  [60_000, "Forward one minute"],
  [10_000, "Forward ten seconds"],
  [1_000, "Forward one second"],
];
const UNITS = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 };

/** Waits until `look()` gives something; the last thing it gave or threw is told when it never does. */
export async function until(look, what, timeout = 20_000) {
  const end = Date.now() + timeout;
  let last;
  for (;;) {
    try {
      last = await look();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`never came: ${what} (last: ${last})`);
    await pause(25);
  }
}

/** Where a learner clicks into an editor: at its first line. The middle of a long text is nowhere in sight. */
const START = { x: 4, y: 4 };

/** One learner in one lab. */
export class Learner {
  constructor(page, id) {
    this.page = page;
    this.id = id;
    this.guide = page.getByRole("region", { name: "Guide" });
    this.workbench = page.getByRole("region", { name: "Workbench" });
    this.scope = page.getByRole("region", { name: "Scope" });
    this.clock = page.getByRole("group", { name: "The lab’s clock" });
    this.response = this.workbench.getByRole("region", { name: "Response" });
    this.verdict = this.guide.getByRole("status");
  }

  /** Waits until the lab can be worked in. */
  async ready() {
    await this.scope.getByRole("tab", { name: /^Data/ }).waitFor();
  }

  /** What the browser keeps of this lab. */
  saved() {
    return this.page.evaluate((key) => JSON.parse(localStorage.getItem(key)), `backlab:1:lab:${this.id}`);
  }

  /** Goes to a panel of the workbench. */
  async turnTo(lang) {
    await this.workbench.getByRole("tab", { name: PANELS[lang] }).click();
    const asText = this.workbench.getByRole("button", { name: "Text", exact: true });
    if (lang === "http" && (await asText.getAttribute("aria-pressed")) !== "true") await asText.click();
  }

  /** The editor of a panel, once it is more than a plain field. */
  editor(lang) {
    return this.workbench.getByRole("textbox", { name: EDITORS[lang], exact: true });
  }

  async liveEditor(lang) {
    const editor = this.editor(lang);
    await until(() => editor.getAttribute("contenteditable"), `the editor ${EDITORS[lang]}`);
    return editor;
  }

  /** Replaces the text of a panel. */
  async write(lang, text) {
    await this.turnTo(lang);
    await (await this.liveEditor(lang)).click({ position: START });
    await this.page.keyboard.press("ControlOrMeta+a");
    // Browsers take seconds to type over a line of many thousand characters, editors none to delete it.
    if (lang === "sql" || !text) await this.page.keyboard.press("Delete");
    if (text.length > 10_000) await this.paste(lang, text);
    else if (text) await this.page.keyboard.insertText(text);
  }

  /** Pastes over what is selected in a panel. */
  async paste(lang, text) {
    await this.editor(lang).evaluate((element, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", text);
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, text);
  }

  /** The whole text of a panel, copied out of its editor. */
  async read(lang) {
    await this.turnTo(lang);
    const editor = await this.liveEditor(lang);
    await editor.click({ position: START });
    await this.page.keyboard.press("ControlOrMeta+a");
    // An editor draws only the lines that are seen, so the text is what one would copy.
    return editor.evaluate((element) => {
      const clipboardData = new DataTransfer();
      element.dispatchEvent(new ClipboardEvent("copy", { clipboardData, bubbles: true, cancelable: true }));
      return clipboardData.getData("text/plain");
    });
  }

  /** Writes a text into its panel and runs it. */
  async run(lang, text) {
    if (lang === "toml") return this.change(text);
    if (lang === "run") return this.traffic(text);
    await this.write(lang, text);
    await this.workbench.getByRole("button", { name: RUNS[lang], exact: true }).first().click();
  }

  /** Changes the world's text, as it stands in the panel, as a snippet says, and applies it. */
  async change(patch) {
    await this.turnTo("toml");
    const now = await this.read("toml");
    await this.write("toml", merge(now, patch));
    await this.workbench.getByRole("button", { name: "Apply", exact: true }).click();
    await this.workbench.getByText("This is what the backend runs.").waitFor();
  }

  /** Runs traffic as `run` or `run seed 3` says, and watches it to its end. */
  async traffic(text) {
    const [, seed] = /^run(?: seed (\d+))?$/.exec(text.trim());
    await this.turnTo("run");
    await this.workbench.getByRole("textbox", { name: "Seed" }).fill(seed ?? "");
    await this.workbench.getByRole("button", { name: "Run", exact: true }).click();
    const says = (text) => this.workbench.getByRole("status").filter({ hasText: text }).waitFor();
    await says("The run goes on.");
    await says("The run is over");
  }

  /** Moves the clock by `+61 s` and the like; by days with the button that the text of the task has. */
  async wait(text) {
    const inText = this.guide.getByRole("button").filter({ hasText: text }).first();
    if (await inText.isVisible()) return inText.click();
    const [, amount, unit] = /^\+([\d.]+) ?(\w+)$/.exec(text);
    let left = Number(amount) * UNITS[unit];
    for (const [ms, name] of JUMPS) {
      for (; left >= ms; left -= ms) await this.clock.getByRole("button", { name }).click();
    }
    assert.equal(left, 0, `the clock has no button for ${text}`);
  }

  /** Answers questions by `quiz-1: 2` lines. */
  async answer(text) {
    for (const line of text.split("\n").filter((line) => line.trim())) {
      const [, kind, number, options] = /^(quiz|predict)-(\d+): ([\d, ]+)$/.exec(line.trim());
      const [name, verb] = kind === "quiz" ? [/^Question/, "Answer"] : [/^Before you run it/, "Predict"];
      const question = this.guide.getByRole("group", { name }).nth(Number(number) - 1);
      const choices = question.getByRole("radio").or(question.getByRole("checkbox"));
      const give = question.getByRole("button", { name: verb, exact: true });
      const wanted = options.split(",").map((option) => choices.nth(Number(option) - 1));
      const given = await Promise.all(wanted.map((choice) => choice.isChecked()));
      // An answer that stands already cannot be given again.
      if (given.every(Boolean) && !(await give.isVisible())) continue;
      for (const choice of wanted) await choice.check();
      await give.click();
    }
  }

  /** Does what the steps of a solution or a wrong answer say. */
  async perform(steps) {
    for (const { lang, text } of steps) {
      if (lang === "clock") await this.wait(text);
      else if (lang === "answer") await this.answer(text);
      else await this.run(lang, text);
    }
  }

  /** Has the task judged, and waits for the judgement. */
  async check() {
    const judged = async () => {
      const { progress } = (await this.saved()) ?? { progress: { by_task: {}, task: "" } };
      return progress.by_task[progress.task]?.checked ?? 0;
    };
    const before = await judged();
    await this.guide.getByRole("button", { name: "Check", exact: true }).click();
    await until(async () => (await judged()) > before, "a judgement");
  }

  /** Has the task judged and expects it passed. */
  async pass(task) {
    await this.check();
    await until(
      async () => / pass(es)?\. Task done\.$/.test(await this.verdict.innerText()),
      `task ${task.id} passed; the guide says: ${await this.guide.getByRole("listitem").allInnerTexts()}`,
      5_000,
    ).catch(async (error) => {
      const said = await this.guide.locator("section", { hasText: "What is wanted" }).innerText();
      throw new Error(`${error.message}\n${said}`);
    });
  }

  /** Goes to the next task. */
  async next(task) {
    await this.guide.getByRole("link", { name: "Next task" }).click();
    await this.guide.getByRole("heading", { level: 2, name: task.title }).waitFor();
  }

  /** Everything the scope shows of the world, by tab, and the time. */
  async world() {
    const shown = { clock: await this.clock.getByRole("time").innerText() };
    for (const name of ["Caches", "Limiter", "Data"]) {
      const tab = this.scope.getByRole("tab", { name });
      if (!(await tab.isVisible())) continue;
      await tab.click();
      shown[name] = await this.scope.getByRole("tabpanel").innerText();
    }
    return shown;
  }
}
