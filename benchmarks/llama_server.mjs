// Steps of generation by llama.cpp on command: see generate_pair.py.
// usage: node llama_server.mjs NODE_LLAMA_CPP MODEL.gguf THREADS SEQUENCES
import readline from "node:readline";
import path from "node:path";
import {pathToFileURL} from "node:url";

const [folder, file, threads, sequences] = process.argv.slice(2);
const {getLlama} = await import(pathToFileURL(path.join(folder, "dist/index.js")).href);
const llama = await getLlama({gpu: false, build: "never", maxThreads: Number(threads), logLevel: "error"});
const model = await llama.loadModel({modelPath: file});
const context = await model.createContext({
    contextSize: 2048,
    batchSize: 512,
    sequences: Number(sequences),
    threads: {ideal: Number(threads), min: Number(threads)}
});
const held = Array.from({length: Number(sequences)}, () => context.getSequence());
const tokens = (first, count) => Array.from({length: count}, (_, i) => ((first + i) * 7919) % 30011);

async function prefill(count) {
    await held[0].clearHistory();
    const start = performance.now();
    await held[0].evaluateWithoutGeneratingNewTokens(tokens(0, count));
    return performance.now() - start;
}

// Every sequence holds 16 tokens before the time begins.
async function decode(count, used) {
    const generators = [];
    for (const sequence of held.slice(0, used)) {
        await sequence.clearHistory();
        generators.push(sequence.evaluate(tokens(generators.length, 16), {temperature: 0, yieldEogToken: true}));
    }

    await Promise.all(generators.map(generator => generator.next()));
    const start = performance.now();
    await Promise.all(generators.map(async generator => {
        for (let i = 0; i < count; i++)
            if ((await generator.next()).done)
                throw new Error(`the text ended after ${i} of ${count} tokens`);
    }));
    const ms = performance.now() - start;
    await Promise.all(generators.map(generator => generator.return()));
    return ms;
}

console.log(JSON.stringify({ready: true, release: llama.llamaCppRelease.release, system: llama.systemInfo}));
for await (const line of readline.createInterface({input: process.stdin})) {
    const [command, count, used] = line.split(" ");
    if (command === "quit")
        break;
    const ms = command === "prefill" ? await prefill(Number(count)) : await decode(Number(count), Number(used));
    console.log(JSON.stringify({ms}));
}
process.exit(0);
