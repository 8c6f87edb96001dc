// Says what asl-validator finds in the definitions of standard input, a list of JSON texts.

import validate from "asl-validator";
import { readFileSync } from "node:fs";

for (const text of JSON.parse(readFileSync(0, "utf8"))) {
  const { isValid, errorsText } = validate(JSON.parse(text), { checkPaths: true, checkArn: true });
  if (!isValid) console.log(errorsText("\n"));
}
