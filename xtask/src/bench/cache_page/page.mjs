// Runs in the page: times the same lookups on our cache, compiled, and on http-cache-semantics of npm.
import CachePolicy from "http-cache-semantics";

/** A sample is repeated until it takes this long, as far as the clock is coarse. */
const SAMPLE_MS = 100;
const SAMPLES = 7;
/** Lookups between two looks at the clock. */
const BATCH = 1_000;

const { default: start } = await import(/* webpackIgnore: true */ new URL("./caches.js", location.href).href);
await start();
const { urls, stored, waited, exchanges } = JSON.parse(globalThis.backlabCaches);

let now = stored * 1000;
/** As the native measurement, it is told what time it is. */
class Policy extends CachePolicy {
  now() {
    return now;
  }
}

/** Looks up so many times; how many were answered from the cache. A map of URLs finds the stored response. */
function theirs({ said, asked }) {
  const request = (at) => ({ method: "GET", url: `/books/${at}`, headers: { ...asked } });
  const policies = new Map();
  now = stored * 1000;
  for (let at = 0; at < urls; at += 1) {
    const policy = new Policy(request(at), { status: 200, headers: { ...said } }, { shared: true });
    policies.set(`/books/${at}`, [policy]);
  }
  const requests = Array.from({ length: urls }, (_, at) => request(at));
  let at = 0;
  return (times) => {
    now = (stored + waited) * 1000;
    let used = 0;
    for (let i = 0; i < times; i += 1) {
      at = (at + 7919) % urls;
      const asking = requests[at];
      for (const policy of policies.get(asking.url) ?? []) {
        if (!policy.evaluateRequest(asking).revalidation) used += 1;
      }
    }
    return used;
  };
}

/** How often a second. */
function rate(lookUp) {
  const start = performance.now();
  let done = 0;
  let took = 0;
  while (took < SAMPLE_MS) {
    lookUp(BATCH);
    done += BATCH;
    took = performance.now() - start;
  }
  return (done / took) * 1000;
}

/** Times every exchange on each: `[{ exchange, ours, read, theirs, isAlike }]`, lookups a second. */
globalThis.measure = () =>
  exchanges.map((exchange, number) => {
    const ways = {
      ours: (times) => globalThis.backlabLookups(number, times, false),
      read: (times) => globalThis.backlabLookups(number, times, true),
      theirs: theirs(exchange),
    };
    const used = Object.values(ways).map((lookUp) => lookUp(BATCH));
    const samples = { ours: [], read: [], theirs: [] };
    // They take turns, so that what else the machine does slows all alike. The first round warms up.
    for (let round = 0; round <= SAMPLES; round += 1) {
      for (const [name, lookUp] of Object.entries(ways)) {
        const found = rate(lookUp);
        if (round > 0) samples[name].push(found);
      }
    }
    const median = (rates) => rates.sort((a, b) => a - b)[Math.floor(rates.length / 2)];
    const medians = Object.entries(samples).map(([name, rates]) => [name, median(rates)]);
    const isAlike = used.every((count) => count === used[0]);
    return { exchange: exchange.name, isAlike, ...Object.fromEntries(medians) };
  });

globalThis.isReady = true;
