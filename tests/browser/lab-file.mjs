// Lab files as their authors write them, as far as a journey needs them: what is typed, what is
// right, what is wrong and what is then said.
import { labPaths, text } from "./site.mjs";

/** Reads the lab with that id out of the built page. */
export async function readLab(id) {
  const path = `labs/${(await labPaths())[id]}`;
  const { tasks } = JSON.parse(await text(path.replace(/md$/, "json")));
  const lab = { id, ...parse(await text(path)) };
  for (const [at, task] of lab.tasks.entries()) {
    task.solutions = tasks[at].solutions.map(({ steps }) =>
      steps.map(({ lang, text }) => ({ lang: lang.toLowerCase(), text })),
    );
  }
  return lab;
}

/** Reads of a lab file what its JSON does not have. */
function parse(source) {
  const [, front, body] = source.split(/^\+\+\+$/m);
  const [, panel] = /^panels = \["(\w+)"/m.exec(front);
  const lab = { title: /^title = "(.*)"$/m.exec(front)[1], panel, tasks: [] };
  const lines = body.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const heading = /^## (.*?) \{#([a-z0-9-]+).*\}$/.exec(lines[at]);
    if (heading) {
      lab.tasks.push({ title: heading[1], id: heading[2], starts: {}, hints: [], wrongs: [] });
    }
    if (!lines[at].startsWith("```")) continue;
    const end = lines.indexOf("```", at + 1);
    if (lab.tasks.length > 0) fence(lab.tasks.at(-1), lines[at].slice(3).trim(), lines.slice(at + 1, end).join("\n").trimEnd());
    at = end;
  }
  return lab;
}

function fence(task, info, content) {
  const [lang, word] = info.split(" ");
  if (info === "hint") {
    task.hints.push(content);
  } else if (word === "start") {
    task.starts[lang] = content;
  } else if (word?.startsWith("wrong=")) {
    let wrong = task.wrongs.find((wrong) => wrong.label === word);
    if (!wrong) task.wrongs.push((wrong = { label: word, steps: [] }));
    if (lang === "text") wrong.says = content;
    else wrong.steps.push({ lang, text: content });
  }
}

/** Plain words out of a line of Markdown. */
export function plain(markdown) {
  return markdown.replace(/[`*]/g, "").replace(/\{(run|copy)\}/g, "").replace(/\s+/g, " ").trim();
}
