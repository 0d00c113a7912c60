// Pictures of home and of each lab after some work in it, for looking at:
//   node tests/browser/shots.mjs OUTDIR [LAB...]
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { launch } from "./browser.mjs";
import { readLab } from "./lab-file.mjs";
import { Learner } from "./learner.mjs";
import { labPaths, url } from "./site.mjs";

const WIDTHS = [1440, 700, 360];

const [out, ...wanted] = process.argv.slice(2);
if (!out) throw new Error("usage: node tests/browser/shots.mjs OUTDIR [LAB...]");
await mkdir(out, { recursive: true });
const browser = await launch();
try {
  const page = await (await browser.newContext({ reducedMotion: "reduce" })).newPage();
  await page.goto(url);
  await page.getByRole("main").getByRole("link").first().waitFor();
  await shoot(page, "home");
  for (const id of wanted.length > 0 ? wanted : Object.keys(await labPaths())) {
    await work(page, id);
  }
  await page.goto(url);
  await page.getByRole("link", { name: "Continue" }).waitFor();
  await shoot(page, "home-later");
} finally {
  await browser.close();
}

/** The first two tasks, a wrong answer to the third, and what each tab of the scope then shows. */
async function work(page, id) {
  const lab = await readLab(id);
  await page.setViewportSize({ width: WIDTHS[0], height: 900 });
  await page.goto(`${url}#/lab/${id}`);
  const you = new Learner(page, id);
  await you.ready();
  await shoot(page, `${id}-0-first`);
  const [first, second, task] = lab.tasks;
  await you.perform(first.solutions[0]);
  await you.pass(first);
  await you.next(second);
  await you.perform(second.solutions[0]);
  await you.pass(second);
  await shoot(page, `${id}-1-passed`);
  await you.next(task);
  await you.perform(task.wrongs[0].steps);
  await you.check();
  await you.guide.getByRole("button", { name: "Hint", exact: true }).click();
  await shoot(page, `${id}-2-wrong`);
  for (const name of await you.scope.getByRole("tab").evaluateAll((tabs) => tabs.map((tab) => tab.id))) {
    await page.locator(`#${name}`).click();
    await page.screenshot({ path: join(out, `${id}-3-${name}.png`) });
  }
}

/** The page at all widths in both themes; where the parts are tabs, each of them. */
async function shoot(page, name) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width === WIDTHS[0] ? 900 : 800 });
    const tabs = page.getByRole("tablist", { name: "Parts of the lab" }).getByRole("tab");
    for (let at = 0; at < Math.max(1, await tabs.count()); at += 1) {
      const part = (await tabs.count()) > 0 ? `-${await tabs.nth(at).innerText()}` : "";
      if (part) await tabs.nth(at).click();
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        // A frame that is under way still has the other colours.
        await page.waitForTimeout(100);
        await page.screenshot({ path: join(out, `${name}-${width}${part}-${colorScheme}.png`) });
      }
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: WIDTHS[0], height: 900 });
}
