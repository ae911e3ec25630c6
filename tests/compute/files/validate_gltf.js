// Prints the Khronos validator's report on each GLB file named, as a JSON array.
const fs = require("fs");
const validator = require("gltf-validator");

const reports = process.argv.slice(2).map((file) =>
    validator.validateBytes(new Uint8Array(fs.readFileSync(file)), { maxIssues: 100 }));
Promise.all(reports).then((found) => console.log(JSON.stringify(found)));
