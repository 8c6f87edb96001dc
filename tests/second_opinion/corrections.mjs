// Where aws-local-stepfunctions 3.0.0 differs from AWS in a way that the state machine notices. Each is a place in its
// source, which must be there exactly once, and what stands there instead.

import { readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";

const CORRECTIONS = [
  // aws-local-stepfunctions: looks for TimeoutSecondsPath in what Parameters made. AWS: in the state's input, of which
  // Parameters need not have any: docs.aws.amazon.com/step-functions/latest/dg/state-task.html, "Dynamic task timeout".
  ["this.getTimeoutMs(input, context)", "this.getTimeoutMs(options.rawInput, context)"],
  ["{ overrideFn, awsConfig }", "{ overrideFn, awsConfig, rawInput }"],
  // And who does the task is told: AWS has it in the history.
  ["options.overrideFn(input)", "options.overrideFn(input, this.getTimeoutMs(options.rawInput, context) / 1e3)"],

  // aws-local-stepfunctions: drops every backslash of what an intrinsic function answers, so that the text of a JSON
  // value with a quote in it is no JSON. AWS: States.StringToJson reads what States.JsonToString wrote.
  ['typeof result === "string"', 'typeof result === "string" && this.funcDefinition.name !== "States.JsonToString"'],

  // aws-local-stepfunctions: finds nothing at "$" where the input is null, false, 0 or "". AWS: "$" is the input.
  ['if (pathExpression.startsWith("$$"))', 'if (pathExpression === "$") evaluation = json; else if (pathExpression.startsWith("$$"))'],

  // aws-local-stepfunctions: States.NoChoiceMatched, as the error is called in the States Language. AWS: States.Runtime.
  ['this.name = "States.NoChoiceMatched"', 'this.name = "States.Runtime"'],

  // aws-local-stepfunctions: takes a timeout of more than 2^31 ms, 24.8 days, for one of a millisecond, as Node's
  // setTimeout does. AWS: a task may wait for a year. Nothing in a test gets as far as this.
  ["return timeout * 1e3;", "return Math.min(timeout * 1e3, 2 ** 31 - 1);"],
];

// Node has it from version 22 on; all else works from 20 on.
Promise.withResolvers ??= () => {
  const deferred = {};
  deferred.promise = new Promise((resolve, reject) => Object.assign(deferred, { resolve, reject }));
  return deferred;
};

export function loadCorrected() {
  const file = createRequire(import.meta.url).resolve("aws-local-stepfunctions");
  let source = readFileSync(file, "utf8");
  for (const [wrong, right] of CORRECTIONS) {
    if (source.split(wrong).length !== 2) {
      throw new Error(`aws-local-stepfunctions is not the version that corrections.mjs is for: it should have once: ${wrong}`);
    }
    source = source.replace(wrong, () => right);
  }
  const loaded = new Module(file);
  loaded.filename = file;
  loaded.paths = Module._nodeModulePaths(file);
  loaded._compile(source, file);
  return loaded.exports;
}
