/** The public names of thalweg. What is not here may change without notice. */

export { InvalidInput } from './core/check.ts';
export type { Json } from './core/json.ts';
export type { Layout, Role, Slot } from './core/layout.ts';
export type { Allocator, Vec } from './core/memory.ts';
export { adabelief } from './optim/adabelief.ts';
export { adabound } from './optim/adabound.ts';
export { adadelta } from './optim/adadelta.ts';
export { adafactor } from './optim/adafactor.ts';
export { adagrad } from './optim/adagrad.ts';
export { adahessian } from './optim/adahessian.ts';
export { adam } from './optim/adam.ts';
export { adamAtan2 } from './optim/adamAtan2.ts';
export { adamax } from './optim/adamax.ts';
export { adamMini } from './optim/adamMini.ts';
export { adamp } from './optim/adamp.ts';
export { adamw } from './optim/adamw.ts';
export { adan } from './optim/adan.ts';
export { adaptiveClip } from './optim/adaptiveClip.ts';
export { ademamix } from './optim/ademamix.ts';
export { adopt } from './optim/adopt.ts';
export { aggmo } from './optim/aggmo.ts';
export { asgd } from './optim/asgd.ts';
export { assembleOptimizer } from './optim/assemble.ts';
export { autoClip } from './optim/autoClip.ts';
export { ema, lawa, swa } from './optim/averaging.ts';
export { cautious } from './optim/cautious.ts';
export { centralize } from './optim/centralize.ts';
export {
  clipByBlockRms,
  clipByGlobalNorm,
  clipByLayerNorm,
  clipByValue,
  normalizeGradient,
} from './optim/clip.ts';
export { clamp, join, multiply, warmup } from './optim/compose.ts';
export { cosineRestarts, cyclic, oneCycle } from './optim/cyclic.ts';
export { dadaptAdam } from './optim/dadaptAdam.ts';
export { dadaptLion } from './optim/dadaptLion.ts';
export { dadaptSgd } from './optim/dadaptSgd.ts';
export { dog } from './optim/dog.ts';
export { ftrl } from './optim/ftrl.ts';
export { grokfastEma, grokfastMa } from './optim/grokfast.ts';
export { scaleBySlot, slotScale } from './optim/groups.ts';
export { lamb } from './optim/lamb.ts';
export { laprop } from './optim/laprop.ts';
export { lars } from './optim/lars.ts';
export { lbfgs } from './optim/lbfgs.ts';
export { lion } from './optim/lion.ts';
export { lookahead } from './optim/lookahead.ts';
export { madgrad } from './optim/madgrad.ts';
export { mars } from './optim/mars.ts';
export { muon, muonWithAdamw } from './optim/muon.ts';
export { nadam } from './optim/nadam.ts';
export { novograd } from './optim/novograd.ts';
export { masked, partition } from './optim/partition.ts';
export { reduceOnPlateau } from './optim/plateau.ts';
export { polyak } from './optim/polyak.ts';
export { prodigy } from './optim/prodigy.ts';
export { psgd } from './optim/psgd.ts';
export { qhadam } from './optim/qhadam.ts';
export { qhm } from './optim/qhm.ts';
export { radam } from './optim/radam.ts';
export { rmsprop } from './optim/rmsprop.ts';
export { rprop } from './optim/rprop.ts';
export { sam } from './optim/sam.ts';
export type { Controller, Schedule, Scheduled } from './optim/schedule.ts';
export { scheduleFreeAdamw, scheduleFreeRadam, scheduleFreeSgd } from './optim/scheduleFree.ts';
export {
  constant,
  cosine,
  exponential,
  inverseSqrt,
  inverseTime,
  linear,
  milestones,
  piecewise,
  polynomial,
  rex,
  stepDecay,
} from './optim/schedules.ts';
export { momentum, nesterov, sgd } from './optim/sgd.ts';
export { shampoo, shampooPytorch } from './optim/shampoo.ts';
export { signSgd, signum } from './optim/signum.ts';
export { soap } from './optim/soap.ts';
export { sophiaG, sophiaH } from './optim/sophia.ts';
export {
  chain,
  type Objective,
  objectiveOf,
  type SlotFilter,
  type StepContext,
  scaleByLearningRate,
  type Transform,
} from './optim/transform.ts';
export { coupledDecay, decoupledDecay, weightsOnly } from './optim/weightDecay.ts';
export { wsd } from './optim/wsd.ts';
export { yogi } from './optim/yogi.ts';
export { zClip } from './optim/zClip.ts';
export type { CostAxis, Metric } from './report/metric.ts';
export type { UserOptimizer } from './run/catalog/method.ts';
export { catalog } from './run/catalog.ts';
export { engineDigest } from './run/engineDigest.ts';
export {
  type Checkpoint,
  dataKey,
  execute,
  loadData,
  type Resources,
  type RunControl,
} from './run/execute.ts';
export {
  type Cost,
  type EvaluationSeries,
  type Outcome,
  type RunRecord,
  type RunResult,
  runId,
  type StepSeries,
  trajectoryId,
} from './run/record.ts';
export { parseSpec, type RunSpec, type RunSpecInput } from './run/spec.ts';
export {
  type BestOfOptions,
  type BestOfPoint,
  bestOfCurve,
  expectedBestOf,
  medianBestOf,
} from './stats/bestOf.ts';
export {
  type Equivalence,
  type EquivalenceOptions,
  intervalInside,
  pairedEquivalence,
  welchEquivalence,
} from './stats/equivalence.ts';
export { type FriedmanResult, friedmanTest } from './stats/friedman.ts';
export { pairedDifferences } from './stats/hypothesis.ts';
export {
  type Arms,
  cliffsDelta,
  improvementInterval,
  probabilityOfImprovement,
} from './stats/improvement.ts';
export { type LogRankResult, logRankPermutationTest, logRankTest } from './stats/logRank.ts';
export { holm } from './stats/multipleTesting.ts';
export {
  type CostTable,
  geometricSpeedup,
  leaveOneOutRanks,
  performanceProfile,
  performanceRatios,
  profileScores,
  type Speedup,
  type Steps,
} from './stats/performanceProfile.ts';
export {
  type PermutationOptions,
  type PermutationResult,
  signFlipTest,
  twoSampleTest,
} from './stats/permutation.ts';
export {
  type DetectableQuestion,
  detectableDifference,
  type PowerQuestion,
  powerOfTTest,
  seedsFor,
  seedsForSignificance,
} from './stats/power.ts';
export { clopperPearson } from './stats/proportions.ts';
export { interquartileMean, quantile } from './stats/quantiles.ts';
export { type RankSumOptions, type RankSumResult, rankSumTest } from './stats/rankSum.ts';
export {
  type BootstrapInterval,
  type BootstrapOptions,
  bootstrap,
  bootstrapCurve,
  pairedBootstrap,
  stratifiedBootstrap,
} from './stats/resampling.ts';
export {
  meanToBudget,
  type RestrictedMeanDifference,
  restrictedMeanDifference,
} from './stats/restrictedMean.ts';
export { type Attempt, expectedRunningTime, medianTime, runtimeDistribution } from './stats/runtime.ts';
export { type Basin, basinWidth, learningRateSensitivity, type Sensitivity } from './stats/sensitivity.ts';
export { type SignedRankOptions, type SignedRankResult, signedRankTest } from './stats/signedRank.ts';
export {
  compareFamily,
  compareSeeds,
  type FamilyComparison,
  type RefusedSeeds,
  type SeedComparison,
  type TestedSeeds,
} from './stats/significance.ts';
export { criticalDifference } from './stats/studentizedRange.ts';
export { median, type Spread, spread } from './stats/summary.ts';
export {
  type Durations,
  kaplanMeier,
  restrictedMean,
  type SurvivalCurve,
  type SurvivalStep,
} from './stats/survival.ts';
export { type Factorial, type VarianceComponent, varianceComponents } from './stats/variance.ts';
export { cross, exclude, seeds, union, when, zip } from './sweep/axes.ts';
export { type Conclusion, type Experiment, experiment } from './sweep/experiment.ts';
export { type FrozenTargets, freezeTargets, frozenTargets } from './sweep/frozenTargets.ts';
export type { Points } from './sweep/points.ts';
export { grid, halton, random, type Sampler } from './sweep/sampler.ts';
export { type SearchDecision, type SearchOptions, search } from './sweep/search.ts';
export {
  type Choice,
  choice,
  type Dimension,
  int,
  logUniform,
  type Point,
  type Range,
  type Space,
  uniform,
} from './sweep/space.ts';
export { declaring, type Protocol, type Results, type Stage } from './sweep/stage.ts';
export { type HalvingDecision, type HalvingOptions, successiveHalving } from './sweep/successiveHalving.ts';
export { type TargetDecision, type TargetOptions, type Targets, targetSearch } from './sweep/targets.ts';
export {
  type ComparisonDecision,
  type ComparisonOptions,
  type Track,
  tunedComparison,
} from './sweep/tunedComparison.ts';
export { type Method, method } from './sweep/tuning.ts';
export { userOptimizer } from './sweep/userOptimizer.ts';
