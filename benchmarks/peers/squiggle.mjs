// The reference model in Squiggle, on Node: `node squiggle.mjs DRAWS SEED`. Run it where
// @quri/squiggle-lang is installed. Inputs are sample sets, so that what shares one stays together.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const here = createRequire(join(process.cwd(), "package.json"));
const entry = join(process.cwd(), "node_modules/@quri/squiggle-lang");
const { run } = await import(pathToFileURL(join(entry, "dist/index.js")));
const { version } = here(join(entry, "package.json"));
const [draws, seed] = process.argv.slice(2).map(Number);

const lines = readFileSync(new URL("inputs.csv", import.meta.url), "utf8").trim().split("\n");
const belief = (line) => {
  const [name, , scale, low, high] = line.split(",");
  const odds = (x) => x / (1 - x);
  if (scale === "linear") return `${name} = sampled(normal({p10: ${low}, p90: ${high}}))`;
  if (scale === "log") return `${name} = sampled(lognormal({p10: ${low}, p90: ${high}}))`;
  const ends = `{p10: ${odds(+low)}, p90: ${odds(+high)}}`;
  return `${name}_odds = sampled(lognormal(${ends}))\n${name} = ${name}_odds / (1 + ${name}_odds)`;
};
const SERIES = ["chip_spend", "compute_stock", "tokens", "inference_compute", "training_compute",
  "inference_share", "revenue", "power"];
const model = `
sampled(d) = SampleSet.fromDist(d)
${lines.slice(1).map(belief).join("\n")}
rate = 1979e12 * 365.25 / 4 * 86400
faded(growth, fading, year) = growth / fading * (1 - exp(-fading * year))
years = List.map(List.upTo(0, 23), {|quarter| quarter / 4})
bought = List.map(years, {|year| {
  spend: spend_start * chip_part * exp(faded(spend_growth, spend_fading, year)),
  price: chip_price_start * exp(-chip_price_decline * year),
  kept: exp(-year / chip_life)
}})
running = List.reduce(bought, [], {|so_far, now|
  before = List.length(so_far) == 0 ? stock_start : List.last(so_far)
  List.append(so_far, before + now.spend / now.price / now.kept)
})
ends(d) = [quantile(d, 0.05), quantile(d, 0.5), quantile(d, 0.95)]
found = List.map(List.upTo(0, 23), {|quarter|
  year = years[quarter]
  stock = bought[quarter].kept * running[quarter]
  tokens = tokens_start * exp(faded(token_growth, token_fading, year))
  at_start = compute_per_token / (rate * utilisation)
  wanted = tokens * (at_start * exp(-efficiency_gain * year))
  inference = SampleSet.map2(wanted, inference_ceiling * stock, {|a, b| a < b ? a : b})
  watts = watts_start * overhead * exp(-watts_decline * year)
  [
    ends(bought[quarter].spend), ends(stock), ends(tokens), ends(inference),
    ends(stock - inference), ends(inference / stock),
    ends(tokens * token_price_start * exp(-token_price_decline * year)),
    ends(stock * watts)
  ]
})
found
`;

const begun = process.cpuUsage();
const output = await run(model, {
  environment: { sampleCount: draws, xyPointLength: 1000, seed: String(seed), profile: false },
});
if (!output.result.ok) throw new Error(output.result.value.toString());
const found = output.result.value.result.asJS();
const used = process.cpuUsage(begun);
const quantiles = Object.fromEntries(SERIES.map((name, place) =>
  [name, [0, 1, 2].map((end) => found.map((quarter) => quarter[place][end]))]));
const megabytes = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ version, draws, seed,
  processor: { all: (used.user + used.system) / 1e6 }, megabytes, quantiles }));
