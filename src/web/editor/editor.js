// The editor: CodeMirror, bundled into one module that the page imports when it first shows one.
import { basicSetup } from "./setup.js";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

/**
 * Puts an editor into `parent`.
 * @param {Element} parent
 * @param {{ doc?: string, onChange?: (text: string) => void }} options
 */
export function create(parent, options = {}) {
  const listen = EditorView.updateListener.of((update) => {
    if (update.docChanged) options.onChange?.(update.state.doc.toString());
  });
  return new EditorView({
    parent,
    state: EditorState.create({ doc: options.doc ?? "", extensions: [basicSetup, listen] }),
  });
}
