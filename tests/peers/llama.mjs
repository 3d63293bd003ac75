// What llama.cpp makes of GGUF files, for tests that compare. Usage: node llama.mjs REQUESTS, a JSON file with a list of
//   model     the file
//   tokenize  texts                          -> "tokens": ids without special tokens, a list a text
//   greedy    {ids, count} objects           -> "greedy": the most probable continuations
//   logits    lists of ids, with "output"    -> float32 [all ids, vocabulary] written to that file
// and prints a list of answers.
import {closeSync, openSync, readFileSync, writeSync} from "node:fs";
import {getLlama, LlamaLogLevel} from "node-llama-cpp";

const llama = await getLlama({
    gpu: false,
    build: "never",
    maxThreads: 2,
    logLevel: LlamaLogLevel.error,
    skipDownload: true,
});

// A sequence without tokens yet. Keys and values are kept in float32, as they are there.
async function withSequence(model, contextSize, work) {
    const context = await model.createContext({
        contextSize,
        batchSize: contextSize,
        flashAttention: false,
        experimentalKvCacheKeyType: "F32",
        experimentalKvCacheValueType: "F32",
    });
    try {
        return await work(context.getSequence());
    } finally {
        await context.dispose();
    }
}

const asked = (id) => [id, {generateNext: {logits: true}}];

async function greedy(model, {ids, count}) {
    return await withSequence(model, ids.length + count + 1, async (sequence) => {
        const found = [];
        let input = [...ids.slice(0, -1), asked(ids.at(-1))];
        while (found.length < count) {
            const outputs = await sequence.controlledEvaluate(input);
            const best = outputs.at(-1).next.logits.keys().next().value;
            found.push(best);
            input = [asked(best)];
        }

        return found;
    });
}

async function writeLogits(model, lists, output) {
    const file = openSync(output, "w");
    for (const ids of lists)
        await withSequence(model, ids.length + 1, async (sequence) => {
            for (const {next} of await sequence.controlledEvaluate(ids.map(asked))) {
                const row = new Float32Array(next.logits.size);
                for (const [token, logit] of next.logits)
                    row[token] = logit;

                writeSync(file, row);
            }
        });

    closeSync(file);
}

async function answer(request) {
    const needsWeights = Boolean(request.greedy || request.logits);
    const model = await llama.loadModel({modelPath: request.model, vocabOnly: !needsWeights, gpuLayers: 0});
    const result = {};
    if (request.tokenize)
        result.tokens = request.tokenize.map((text) => model.tokenize(text, false));

    if (request.greedy) {
        result.greedy = [];
        for (const prompt of request.greedy)
            result.greedy.push(await greedy(model, prompt));
    }

    if (request.logits)
        await writeLogits(model, request.logits, request.output);

    await model.dispose();
    return result;
}

const answers = [];
for (const request of JSON.parse(readFileSync(process.argv[2], "utf8")))
    answers.push(await answer(request));

process.stdout.write(JSON.stringify(answers) + "\n", () => process.exit(0));
