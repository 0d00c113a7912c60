// How smoothly a page goes on: the gaps between its frames.

/** Begins to note them. */
export async function watchFrames(page) {
  await page.evaluate(() => {
    // The longest gap of each half second: the machine itself may lose one of them.
    const frames = (window.frames_ = { longest: [] });
    const start = performance.now();
    let last = start;
    const frame = (now) => {
      const half = Math.max(0, Math.floor((now - start) / 500));
      frames.longest[half] = Math.max(frames.longest[half] ?? 0, now - last);
      last = now;
      frames.next = requestAnimationFrame(frame);
    };
    frames.next = requestAnimationFrame(frame);
  });
}

/** The longest gap of each half second since, in milliseconds, the shortest first. */
export function longestGaps(page) {
  return page.evaluate(() => window.frames_.longest.filter((gap) => gap).sort((a, b) => a - b));
}
