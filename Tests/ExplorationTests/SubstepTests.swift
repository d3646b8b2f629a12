import JSON
import LinearAlgebra
import Simulation
import TestSupport
import Testing

@testable import Exploration

@Suite("Steps of the exploration algorithms") struct SubstepTests {
  let reference: ReferenceModels
  let substeps: JSONCursor

  init() throws {
    reference = try ReferenceModels()
    substeps = try Reference.json("exploration/substeps.json")
  }

  @Test("weighted regressions equal the reference") func regressions() throws {
    for entry in try substeps["cholesky_updates"].elements() {
      let probe = try entry["probe"].flat()
      var regression = try WeightedRegression(dimension: probe.count, ridge: entry["lambda"].double())
      for x in try entry["vectors"].rows() { try regression.add(x, response: 0, variance: 1) }
      #expect(distance(regression.factor.lower.elements, try entry["factor_lower"].flat()) < 1e-9)
      #expect(distance(regression.factor.matrix.elements, try entry["sigma"].flat()) < 1e-9)
      #expect(abs(regression.logDeterminant - (try entry["logdet"].double())) < 1e-9)
      #expect(abs(try regression.width(probe) - entry["probe_inverse_norm"].double()) < 1e-9)
    }
    for entry in try substeps["weighted_regression"].elements() {
      let theta = try entry["theta"].flat()
      var regression = try WeightedRegression(dimension: theta.count, ridge: entry["lambda"].double())
      for observation in try entry["observations"].elements() {
        try regression.add(
          observation["x"].flat(), response: observation["y"].double(), variance: observation["sigma2"].double())
      }
      #expect(distance(regression.factor.matrix.elements, try entry["sigma"].flat()) < 1e-9)
      #expect(distance(regression.moment, try entry["b"].flat()) < 1e-9)
      #expect(distance(try regression.estimate, theta) < 1e-9)
      #expect(abs(regression.logDeterminant - (try entry["logdet"].double())) < 1e-9)
    }
  }

  @Test("the worked examples of regression and moments") func workedExamples() throws {
    var regression = try WeightedRegression(dimension: 2, ridge: 1.6)
    let x = [0, 0.5.squareRoot()]
    try regression.add(x, response: 1, variance: 0.25)
    #expect(distance(try regression.estimate, [0, 0.785674201]) < 1e-9)
    #expect(abs(regression.logDeterminant - 1.750937475) < 1e-9)

    let four = WeightedRegression(factor: try CholeskyFactorisation(order: 2, identityTimes: 4))
    let nine = WeightedRegression(factor: try CholeskyFactorisation(order: 2, identityTimes: 9))
    var moments = HighOrderMoments(levels: 2)
    [0, x[1] / 2, 0, x[1] / 4].withUnsafeBufferPointer { features in
      moments.estimate(
        features: features, centres: [[0.35, 1], [0.35, 1.1]], start: [four, four], running: [nine, nine], beta: 0.5,
        leastVariance: 0.25, uncertaintyFloor: 0.5.squareRoot())
    }
    #expect(abs(moments.variances[0] - 0.069454365) < 1e-9 && abs(moments.errors[0] - 0.220970869) < 1e-9)
    #expect(distance(moments.weights, [0.290425234, 1]) < 1e-9)
  }

  @Test("high-order moments equal the reference") func moments() throws {
    for entry in try substeps["home"].elements() {
      let features = try reference[entry["mdp"].string()].features
      let levels = try entry["M"].integer()
      let pair = try entry["s"].integer() * features.actionCount + entry["a"].integer()
      var power = try entry["V"].flat()
      var images: [[Double]] = []
      for _ in 0..<levels {
        images.append(features.value(pair: pair, of: power))
        power = power.map { $0 * $0 }
      }
      #expect(distance(images.flatMap { $0 }, try entry["features"].flat()) < 1e-9)
      func regressions(_ key: String) throws -> [WeightedRegression] {
        try entry[key].elements().map { WeightedRegression(factor: try $0.factor()) }
      }
      var moments = HighOrderMoments(levels: levels)
      try images.flatMap { $0 }.withUnsafeBufferPointer { features in
        moments.estimate(
          features: features, centres: try entry["theta_levels"].rows(), start: try regressions("sigma_start"),
          running: try regressions("sigma_running"), beta: try entry["beta"].double(),
          leastVariance: try entry["alpha2"].double(), uncertaintyFloor: try entry["gamma2"].double())
      }
      #expect(distance(moments.variances, try entry["variance_estimates"].flat()) < 1e-9)
      #expect(distance(moments.errors, try entry["error_terms"].flat()) < 1e-9)
      #expect(distance(moments.weights, try entry["sigma2"].flat()) < 1e-9)
    }
  }

  @Test("radii equal the reference") func radii() throws {
    for entry in try substeps["radii"].elements() {
      let (k, d, horizon) = (try entry["k"].integer(), try entry["d"].integer(), try entry["H"].integer())
      let bound = try entry["B"].double()
      let setting = ConfidenceRadius.Setting(
        dimension: d, horizon: horizon, levels: 1, parameterBound: bound, ridge: Double(d) / (bound * bound),
        leastVariance: 1 / Double(horizon), uncertaintyFloor: 1 / Double(d).squareRoot())
      let level = try entry["delta_level"].double()
      #expect(isClose(setting.information(episode: k), try entry["eta"].double(), relative: 1e-9))
      let tau = ConfidenceRadius.concentration(episode: k, setting, levelFailureProbability: level)
      #expect(isClose(tau, try entry["tau"].double(), relative: 1e-9))
      // With one level, delta / 4 is the failure probability of the level.
      let theory = ConfidenceRadius.theory(4 * level).value(episode: k, setting)
      #expect(isClose(theory, try entry["theory"].double(), relative: 1e-9))
      let practical = ConfidenceRadius.practical(0.1).value(episode: k, setting)
      #expect(isClose(practical, try entry["practical_c0.1"].double(), relative: 1e-9))
      let rfe = ConfidenceRadius.ucrlRFE(
        episode: k, dimension: d, horizon: horizon, parameterBound: bound, failureProbability: level)
      #expect(isClose(rfe, try entry["ucrl_rfe"].double(), relative: 1e-9))
    }
  }

  @Test("maximal uncertainties equal the reference") func maximalUncertainty() throws {
    for entry in try substeps["max_uncertainty"].elements() {
      let features = try reference[entry["mdp"].string()].features
      let factor = try entry["sigma"].factor()
      let stacked = StackedFeatures(features)
      let whitened = try WhitenedFeatures(stacked, in: factor)
      let worst = SubsetUncertainty(whitened, pairCount: features.pairCount)
      #expect(worst.isExact)
      #expect(distance(worst.values, try entry["value"].flat()) < 1e-9)
      #expect(worst.subsets == (try entry["subset"].flat()))
      let centred = try WhitenedFeatures(stacked, in: factor, centred: true)
      let centredWorst = SubsetUncertainty(centred, pairCount: features.pairCount)
      #expect(distance(centredWorst.values, try entry["centred_value"].flat()) < 1e-9)
      let surrogate = SubsetUncertainty.l1Surrogate(whitened, pairCount: features.pairCount)
      #expect(distance(surrogate, try entry["l1_surrogate_value"].flat()) < 1e-9)
      let triangle = SubsetUncertainty.triangleBounds(whitened, pairCount: features.pairCount)
      for pair in 0..<features.pairCount {
        #expect(worst.values[pair] <= surrogate[pair] + 1e-12 && worst.values[pair] <= triangle[pair] + 1e-12)
        #expect(centredWorst.values[pair] <= worst.values[pair] + 1e-12)
      }
    }
  }

  @Test("both planners equal the reference") func planners() throws {
    for entry in try substeps["planning"].elements() {
      let model = try reference[entry["mdp"].string()]
      let stacked = StackedFeatures(model.features)
      let planner = EpisodePlanner(
        stateCount: model.stateCount, actionCount: model.actionCount, horizon: model.horizon,
        startState: model.startState, tilde: try WhitenedFeatures(stacked, in: entry["sigma_tilde"].factor()),
        hat: try WhitenedFeatures(stacked, in: entry["sigma_hat"].factor()),
        hatMixture: model.features.mixture(try entry["theta_hat"].flat()),
        model: model.features.kernel(try entry["theta_model"].flat()), beta: try entry["beta"].double(),
        optimism: try entry["optimism"].double(), key: .truncated)
      let rewards = try entry["reward_hs"].rows()
      let candidates = PseudoReward.candidates(stateCount: model.stateCount, horizon: model.horizon)
      let candidate = try #require(
        candidates.first { candidate in
          rewards.indices.allSatisfy { h in
            rewards[h].indices.allSatisfy { abs(candidate.value(step: h, state: $0) - rewards[h][$0]) < 1e-12 }
          }
        })
      let (plan, _) = planner.coupled(candidate)
      #expect(distance(try #require(plan.values), try entry["coupled"]["V"].flat()) < 1e-9)
      #expect(distance(plan.accumulated, try entry["coupled"]["Vhat"].flat()) < 1e-9)
      #expect(plan.policy.map(Double.init) == (try entry["coupled"]["policy"].flat()))

      let worst = SubsetUncertainty(planner.tilde, pairCount: model.features.pairCount)
      #expect(distance(worst.values.map { min(1, planner.beta * $0) }, try entry["relaxed"]["u"].flat()) < 1e-9)
      let relaxed = planner.relaxed(worst)
      #expect(distance(relaxed.accumulated, try entry["relaxed"]["Vhat"].flat()) < 1e-9)
      #expect(relaxed.policy.map(Double.init) == (try entry["relaxed"]["policy"].flat()))
    }
  }

  @Test("estimators equal the reference") func estimators() throws {
    for entry in try substeps["estimators"]["cases"].elements() {
      let model = try reference[entry["mdp"].string()]
      let counts = try entry["counts_sat"].flat().map { Int($0) }
      let oneHot = OneHotRegression(ridge: try entry["lambda"].double())
      let regression = try oneHot.regression(model.features, counts: counts)
      #expect(distance(try regression.estimate, try entry["onehot_ls"].flat()) < 1e-9)
      let projected = try oneHot.fit(model.features, counts: counts)
      #expect(projected.isConverged)
      #expect(distance(try #require(projected.parameter), try entry["onehot_ls_projected"].flat()) < 1e-9)
      let likely = try MaximumLikelihood().fit(model.features, counts: counts)
      #expect(likely.model.isConverged)
      #expect(distance(try #require(likely.model.parameter), try entry["mle"].flat()) < 1e-5)
      let best = try entry["mle_negative_log_likelihood"].double()
      #expect(abs(likely.negativeLogLikelihood - best) < 1e-8 * best)
    }
  }

  @Test("many updates leave the factor exact") func drift() throws {
    var stream = SplitMix64(seed: 9)
    let d = 5
    var regression = try WeightedRegression(dimension: d, ridge: 0.5)
    var gram = Matrix(rowCount: d, columnCount: d)
    for i in 0..<d { gram[i, i] = 0.5 }
    for _ in 0..<2000 {
      let size = 1e-4 * (1e5 as Double).squareRoot() * stream.uniform() * 10
      let x = (0..<d).map { _ in size * stream.normal() }
      try regression.add(x, response: 0, variance: 1)
      for i in 0..<d { for j in 0..<d { gram[i, j] += x[i] * x[j] } }
    }
    // Each update rounds every entry a few times: 2000 · d · ulp of the largest.
    let scale = gram.elements.map(abs).max() ?? 1
    #expect(distance(regression.factor.matrix.elements, gram.elements) <= 2000 * Double(d) * .ulpOfOne * scale)
  }

  @Test("uncertainty never grows when something is observed") func monotone() throws {
    var stream = SplitMix64(seed: 10)
    for (_, model) in reference.models.sorted(by: { $0.key < $1.key }) {
      var regression = try WeightedRegression(dimension: model.dimension, ridge: 1)
      let stacked = StackedFeatures(model.features)
      var before = [Double](repeating: .infinity, count: model.features.pairCount)
      for _ in 0..<20 {
        let worst = SubsetUncertainty(
          try WhitenedFeatures(stacked, in: regression.factor), pairCount: model.features.pairCount)
        #expect(zip(worst.values, before).allSatisfy { $0 <= $1 + 1e-12 })
        before = worst.values
        try regression.add((0..<model.dimension).map { _ in stream.normal() }, response: 1, variance: 0.5)
      }
    }
  }

  @Test("impossible options are refused") func refusals() throws {
    let model = try reference["mix-3-2-3"]
    #expect(throws: ExplorationError.parameter(name: "lambda", value: 0, needed: "positive and finite")) {
      try WeightedRegression(dimension: 2, ridge: 0)
    }
    func refuse(_ name: String, _ change: (inout HorizonFreeExploration) -> Void) {
      var options = HorizonFreeExploration()
      change(&options)
      let error = #expect(throws: ExplorationError.self) { try options.session(in: model, seed: 1) }
      #expect(error?.description.contains(name) == true)
    }
    refuse("levels") { $0.levels = 0 }
    refuse("B is 0.5") { $0.parameterBound = 0.5 }
    refuse("lambda") { $0.ridge = -1 }
    refuse("alpha^2") { $0.leastVariance = 0 }
    refuse("gamma^2") { $0.uncertaintyFloor = -1 }
    refuse("delta") { $0.radius = .theory(1) }
    refuse("c is -1") { $0.radius = .practical(-1) }
    refuse("optimism") { $0.optimism = .nan }
    refuse("regressions") { $0.sizeLimit = 10 }
    let large = try LinearMixtureMDP(
      features: MixtureFeatures(
        stateCount: 3, actionCount: 2, dimension: 3, values: model.features.values.map { 2 * $0 }),
      parameter: model.parameter.map { $0 / 2 }, horizon: 3)
    #expect(throws: ExplorationError.self) { try HorizonFreeExploration().session(in: large, seed: 1) }
    _ = try HorizonFreeExploration().session(in: large.normalised(), seed: 1)
    let wide = try LinearMixtureMDP.randomMixture(stateCount: 13, actionCount: 1, dimension: 2, horizon: 3, seed: 1)
    #expect(throws: ExplorationError.tooManyStates(13, limit: 12, mend: "allow the heuristic search")) {
      try HorizonFreeExploration().session(in: wide, seed: 1)
    }
    var heuristic = HorizonFreeExploration()
    heuristic.allowsHeuristicSubsets = true
    var session = try heuristic.session(in: wide, seed: 1)
    try session.run(episodes: 3)
    #expect(try session.certificate()?.isHeuristic == true)
    #expect(throws: ExplorationError.self) {
      try MaximumLikelihood().fit(model.features, counts: [1, 2])
    }
  }
}
