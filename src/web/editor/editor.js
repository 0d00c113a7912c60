// The editor: CodeMirror, bundled into one module that the page imports when it first shows one.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorSelection, EditorState, Prec } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { change, changedLines, comparedWith } from "./changed.js";
import { language } from "./languages.js";
import { look } from "./look.js";

/**
 * Puts an editor into `parent`. Tab leaves it, as it leaves any field; Ctrl-] and Ctrl-[ indent.
 * @param {Element} parent
 * @param {{
 *   text: string,
 *   language: "sql" | "http" | "json" | "toml" | "plain",
 *   label: string,
 *   placeholder?: string,
 *   readOnly?: boolean,
 *   schema?: Record<string, string[]>,
 *   cursor?: number,
 *   onChange?: (text: string) => void,
 *   onRun?: (text: string) => void,
 * }} options `cursor` counts UTF-16 units; `onRun` gets the selection, or all there is.
 */
export function create(parent, options) {
  const tongue = new Compartment();
  let told = true; // Whether a change comes from the learner and is to be told.

  const run = (view) => {
    const { from, to } = view.state.selection.main;
    options.onRun?.(view.state.sliceDoc(from, to).trim() ? view.state.sliceDoc(from, to) : view.state.doc.toString());
    return true;
  };
  const listen = EditorView.updateListener.of((update) => {
    if (update.docChanged && told) options.onChange?.(update.state.doc.toString());
  });
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.text,
      selection: EditorSelection.cursor(Math.min(options.cursor ?? 0, toLf(options.text).length)),
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-Enter", run: options.onRun ? run : () => false }])),
        lineNumbers(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ icons: false }),
        highlightActiveLine(),
        placeholder(options.placeholder ?? ""),
        EditorState.readOnly.of(options.readOnly ?? false),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({
          "aria-label": options.label,
          tabindex: "0",
          "aria-readonly": String(options.readOnly ?? false),
          autocapitalize: "off",
          spellcheck: "false",
        }),
        tongue.of(language(options.language, options.schema)),
        look,
        changedLines,
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        listen,
      ],
    }),
  });

  return {
    /** Replaces the text without telling. What is new is brought into sight. */
    setText(text) {
      const { from, to, insert } = change(view.state.doc.toString(), toLf(text));
      told = false;
      view.dispatch({
        changes: { from, to, insert },
        selection: { anchor: from + insert.length },
        effects: EditorView.scrollIntoView(from, { y: "start", yMargin: 40 }),
      });
      told = true;
    },
    /** Marks the lines that this text does not have; none without one. The first is brought into sight. */
    setBase(base = null) {
      const effects = [comparedWith(base === null ? null : toLf(base))];
      const now = view.state.doc.toString();
      const at = base === null || toLf(base) === now ? null : change(toLf(base), now).from;
      if (at !== null && !view.hasFocus) effects.push(EditorView.scrollIntoView(at, { y: "start", yMargin: 40 }));
      view.dispatch({ effects });
    },
    getText: () => view.state.doc.toString(),
    /** @param {{ message: string, hint?: string, place?: { line: number, column: number, length: number } }[]} problems */
    setProblems(problems) {
      const found = problems.filter((problem) => problem.place).map((problem) => underline(view.state.doc, problem));
      view.dispatch(setDiagnostics(view.state, found));
    },
    setSchema(schema) {
      view.dispatch({ effects: tongue.reconfigure(language(options.language, schema)) });
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

/** Lines and columns count from 1, columns and lengths in characters; both may lie outside the text. */
function underline(doc, { message, hint, place }) {
  const line = doc.line(Math.max(1, Math.min(place.line, doc.lines)));
  const before = [...line.text].slice(0, place.column - 1).join("").length;
  const from = Math.min(line.from + before, line.to);
  const ahead = doc.sliceString(from, doc.length);
  const length = [...ahead].slice(0, place.length).join("").length;
  let to = Math.min(from + length, doc.length);
  // A place at the end of the text still has to be seen.
  const start = to === from ? Math.max(line.from, from - 1) : from;
  return { from: start, to, severity: "error", message: hint ? `${message} ${hint}` : message };
}

/** The text as the document holds it: one unit for each line end. */
function toLf(text) {
  return text.replace(/\r\n?/g, "\n");
}
