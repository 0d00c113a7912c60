// Prints what there is to know of each test of an edition of http-cache-tests, as JSON:
// node catalogue.mjs FILE, the edition's tests/index.mjs.
import { pathToFileURL } from 'node:url'

const suites = (await import(pathToFileURL(process.argv[2]))).default
const tests = suites.flatMap(suite => suite.tests).filter(test => test.browser_only !== true)
console.log(JSON.stringify(tests.map(test => ({
  id: test.id,
  kind: test.kind ?? 'required',
  depends_on: test.depends_on ?? [],
  requests: test.requests.length
}))))
