// What every journey starts with: a page in a new profile, watched for all that must not happen.
import assert from "node:assert/strict";
import { after } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { launch } from "./browser.mjs";
import { url } from "./site.mjs";

export { url };

/** A page that hangs answers nothing, so a journey ends with its time too. */
const LONGEST_MS = 120_000;

let browser;
after(() => browser?.close());

/**
 * Runs `journey(page)` in a profile of its own. Afterwards nothing may have been logged as an
 * error or a warning, thrown, missing, or asked of another host, but for what `allow` matches.
 * `longest` is the time it has, if it needs more than most. The other options are those of a browser context.
 *
 * A browser on a busy machine loses a race now and then: a journey that fails is told, and made
 * once more in a new browser. What is broken fails both times.
 */
export async function withPage(journey, options = {}) {
  try {
    await attempt(journey, options);
  } catch (error) {
    console.log(`again, after: ${error}`);
    await browser?.close();
    browser = undefined;
    await attempt(journey, options);
  }
}

async function attempt(journey, { allow = [], longest = LONGEST_MS, ...options }) {
  browser ??= await launch();
  const context = await browser.newContext(options);
  context.setDefaultTimeout(20_000);
  try {
    const troubles = [];
    context.on("page", (page) => watch(page, troubles));
    const page = await context.newPage();
    const ended = new AbortController();
    const tooLong = pause(longest, undefined, { ref: false, signal: ended.signal }).then(
      () => Promise.reject(new Error(`the journey took longer than ${longest} ms`)),
      () => {},
    );
    await Promise.race([journey(page, context), tooLong]).finally(() => ended.abort());
    const unexpected = troubles.filter((trouble) => !allow.some((pattern) => pattern.test(trouble)));
    assert.deepEqual(unexpected, []);
  } finally {
    await context.close();
  }
}

function watch(page, troubles) {
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) troubles.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => troubles.push(`thrown: ${error}`));
  page.on("response", (response) => {
    if (response.status() >= 400) troubles.push(`${response.status()} ${response.url()}`);
  });
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    const isOurs = hostname === new URL(url).hostname || ["data:", "blob:"].includes(protocol);
    if (!isOurs) troubles.push(`left the origin: ${request.url()}`);
  });
}
