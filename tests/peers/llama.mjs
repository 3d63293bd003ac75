// What llama.cpp makes of a GGUF file, for tests that compare. Usage: node llama.mjs REQUEST, a JSON file with
//   model     the file
//   tokenize  texts                          -> printed as "tokens": ids without special tokens, a list a text
//   greedy    {ids, count} objects           -> printed as "greedy": the most probable continuations
//   logits    {ids} objects, with "output"   -> float32 [all ids, vocabulary] written to that file
import {closeSync, openSync, readFileSync, writeSync} from "node:fs";
import {getLlama, LlamaLogLevel} from "node-llama-cpp";

const request = JSON.parse(readFileSync(process.argv[2], "utf8"));
const llama = await getLlama({
    gpu: false,
    build: "never",
    maxThreads: 2,
    logLevel: LlamaLogLevel.error,
    skipDownload: true,
});
const needsWeights = Boolean(request.greedy || request.logits);
const model = await llama.loadModel({modelPath: request.model, vocabOnly: !needsWeights, gpuLayers: 0});
const result = {};

if (request.tokenize)
    result.tokens = request.tokenize.map((text) => model.tokenize(text, false));

// One pass over ids; what is asked of each position.
async function evaluate(ids, options) {
    const context = await model.createContext({
        contextSize: ids.length + 1,
        batchSize: ids.length + 1,
        flashAttention: false,
        experimentalKvCacheKeyType: "F32",
        experimentalKvCacheValueType: "F32",
    });
    const outputs = await context.getSequence().controlledEvaluate(
        ids.map((id, index) => (options(index) ? [id, {generateNext: {logits: true}}] : id)),
    );
    await context.dispose();
    return outputs.map((output) => output?.next.logits);
}

if (request.greedy) {
    result.greedy = [];
    for (const {ids, count} of request.greedy) {
        const all = [...ids];
        while (all.length < ids.length + count) {
            const logits = await evaluate(all, (index) => index === all.length - 1);
            all.push(logits[all.length - 1].keys().next().value);
        }

        result.greedy.push(all.slice(ids.length));
    }
}

if (request.logits) {
    const file = openSync(request.output, "w");
    for (const {ids} of request.logits)
        for (const logits of await evaluate(ids, () => true)) {
            const row = new Float32Array(logits.size);
            for (const [token, logit] of logits)
                row[token] = logit;

            writeSync(file, row);
        }

    closeSync(file);
}

process.stdout.write(JSON.stringify(result) + "\n");
process.exit(0);
