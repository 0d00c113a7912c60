// Lines that differ from a text before: what was edited and not yet applied.
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView } from "@codemirror/view";

const setBase = StateEffect.define();
const mark = Decoration.line({ class: "cm-changedLine" });

const field = StateField.define({
  create: () => ({ base: null, marks: Decoration.none }),
  update(value, transaction) {
    const set = transaction.effects.find((effect) => effect.is(setBase));
    if (!set && !transaction.docChanged) return value;
    const base = set ? set.value : value.base;
    return { base, marks: base === null ? Decoration.none : marks(base, transaction.state.doc) };
  },
  provide: (field) => EditorView.decorations.from(field, ({ marks }) => marks),
});

/** Marks the lines that `base` does not have; none if it is null. */
export const changedLines = [
  field,
  EditorView.theme({
    ".cm-changedLine": {
      backgroundColor: "color-mix(in oklab, var(--accent) 7%, transparent)",
      boxShadow: "inset 3px 0 var(--accent)",
    },
  }),
];

/** What the text is compared with from now on. */
export const comparedWith = (base) => setBase.of(base);

/** What lies between what two texts begin and end with. */
export function change(before, now) {
  const most = Math.min(before.length, now.length);
  let from = 0;
  while (from < most && before[from] === now[from]) from += 1;
  let tail = 0;
  while (tail < most - from && before[before.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  return { from, to: before.length - tail, insert: now.slice(from, now.length - tail) };
}

function marks(base, doc) {
  const { from, to, insert } = change(base.split("\n"), doc.toString().split("\n"));
  const known = new Set(base.split("\n").slice(from, to));
  const lines = insert.flatMap((line, at) => (line.trim() && !known.has(line) ? [doc.line(from + at + 1).from] : []));
  return Decoration.set(lines.map((at) => mark.range(at)));
}
