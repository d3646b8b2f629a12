import Exploration
import JSON
import MDPs
import Simulation
import TestSupport
import Testing

@Suite("Linear mixture MDPs") struct LinearMixtureTests {
  let reference: ReferenceModels

  init() throws { reference = try ReferenceModels() }

  @Test("features and parameter make the reference kernel") func kernels() throws {
    for (name, model) in reference.models {
      let json = try #require(reference.json[name])
      #expect(distance(model.kernel.probabilities, try json["P_sat"].flat()) < 1e-10)
      #expect(abs(model.parameterNorm - (try json["theta_norm"].double())) < 1e-10)
      let radius = FeatureRadius(model.features)
      #expect(radius.isExact)
      #expect(abs(radius.value - (try json["feature_radius"].double())) < 1e-10)
      let valid = ValidParameters(model.features)
      #expect(valid.equalityCount == (try json["equality_rows"].integer()))
      #expect(valid.rowCount == (try json["constraint_rows"].integer()))
      #expect(valid.violation(model.parameter) < 1e-12)
    }
  }

  @Test("generators make the reference models") func generators() throws {
    let made: [String: LinearMixtureMDP] = [
      "mix-3-2-3": try .randomMixture(stateCount: 3, actionCount: 2, dimension: 3, horizon: 6, seed: 11),
      "slow-4-2-2": try .randomMixture(
        stateCount: 4, actionCount: 2, dimension: 2, horizon: 8, seed: 12, rate: 2.0 / 8),
      "river-6": try .zonedRiver(
        zoneSizes: [3, 3], currents: [[0.6, 0.35, 0.05], [0.35, 0.55, 0.10]], horizon: 10),
      "hard-3": try .hardInstance(dimension: 3, horizon: 5, gap: 0.03, signs: [1, -1]),
    ]
    for (name, model) in made {
      let expected = try reference[name]
      #expect(distance(model.features.values, expected.features.values) < 1e-10, "\(name)")
      #expect(distance(model.parameter, expected.parameter) < 1e-10, "\(name)")
      #expect(model.horizon == expected.horizon && model.startState == expected.startState)
    }
  }

  @Test("planning for the reference rewards") func planning() throws {
    for (name, model) in reference.models {
      for entry in try #require(reference.json[name])["rewards"].elements() {
        let rewards = try StepRewards(
          horizon: model.horizon, stateCount: model.stateCount, actionCount: model.actionCount,
          values: entry["r"].flat())
        let plan = StepPlan(optimising: rewards, in: model.kernel)
        #expect(distance(plan.values.dropLast(model.stateCount), try entry["optimal_values"].flat()) < 1e-10)
        #expect(plan.policy.map(Double.init) == (try entry["optimal_policy_lowest_index"].flat()))
        #expect(abs(plan.value(from: model.startState) - (try entry["optimal_start_value"].double())) < 1e-10)
        #expect(abs(rewards.total() - (try entry["total_norm"].double())) < 1e-10)
        let again = StepPlan(evaluating: plan.policy, for: rewards, in: model.kernel)
        #expect(distance(again.values, plan.values) < 1e-12)
      }
    }
  }

  @Test("random numbers equal the reference") func randomNumbers() throws {
    let json = try Reference.json("exploration/rng.json")
    for entry in try json["streams"].elements() {
      let seed = try #require(UInt64(try entry["seed"].string()))
      var words = SplitMix64(seed: seed)
      for word in try entry["first_u64"].strings() { #expect(String(words.next()) == word) }
      var uniforms = SplitMix64(seed: seed)
      for value in try entry["first_uniforms"].doubles() { #expect(uniforms.uniform() == value) }
    }
    for entry in try json["simplex"].elements() {
      var stream = SplitMix64(seed: try #require(UInt64(try entry["seed"].string())))
      #expect(distance(simplex(try entry["n"].integer(), using: &stream), try entry["value"].flat()) < 1e-15)
    }
  }

  @Test("the worked example with two absorbing kernels") func workedExample() throws {
    let root = 0.5.squareRoot()
    let features = try MixtureFeatures(
      stateCount: 2, actionCount: 1, dimension: 2, values: [root, 0, 0, root, root, 0, 0, root])
    let model = try LinearMixtureMDP(
      features: features, parameter: [0.25 * 2.0.squareRoot(), 0.75 * 2.0.squareRoot()], horizon: 3)
    #expect(abs(model.parameterBound - 1.118033989) < 1e-9)
    #expect(abs(FeatureRadius(features).value - 1) < 1e-15)
    #expect(distance(features.value(pair: 0, of: [0, 1]), [0, 0.707106781]) < 1e-9)
    #expect(distance(model.kernel.probabilities, [0.25, 0.75, 0.25, 0.75]) < 1e-15)
  }

  @Test("the hard instance of the worked example") func hardInstance() throws {
    let model = try LinearMixtureMDP.hardInstance(dimension: 2, horizon: 5, gap: 0.06, signs: [1])
    #expect(abs(model.kernel[0, 0, 2] - 0.106666667) < 1e-9 && abs(model.kernel[0, 1, 2] - 0.226666667) < 1e-9)
    #expect(distance(model.parameter, [1.029563014, 0.252190404]) < 1e-9)
    var values = [Double](repeating: 0, count: 5 * 3 * 2)
    for step in 0..<5 { for a in 0..<2 { values[(step * 3 + 2) * 2 + a] = 0.2 } }
    let rewards = try StepRewards(horizon: 5, stateCount: 3, actionCount: 2, values: values)
    let best = StepPlan(optimising: rewards, in: model.kernel)
    let other = StepPlan(evaluating: [Int](repeating: 0, count: 15), for: rewards, in: model.kernel)
    #expect(abs(best.value(from: 0) - 0.181333333) < 1e-9)
    #expect(abs(best.value(from: 0) - other.value(from: 0) - 0.096) < 1e-12)
  }

  @Test("hard instances stay within the radius and have the stated norm", arguments: 2...6) func hardNorms(d: Int)
    throws
  {
    let gap = 1 / (12 * Double(d - 1))
    let model = try LinearMixtureMDP.hardInstance(
      dimension: d, horizon: 4, gap: gap, signs: (0..<(d - 1)).map { $0 % 2 == 0 ? 1 : -1 })
    #expect(abs(model.parameterNorm - (1 + Double(d - 1) * gap)) < 1e-12)
    #expect(FeatureRadius(model.features).value <= 1 + 1e-12)
  }

  @Test("normalising keeps the kernel and makes the radius 1") func normalisation() throws {
    let model = try reference["mix-3-2-3"]
    let large = try LinearMixtureMDP(
      features: MixtureFeatures(
        stateCount: 3, actionCount: 2, dimension: 3, values: model.features.values.map { 7 * $0 }),
      parameter: model.parameter.map { $0 / 7 }, horizon: 6)
    #expect(abs(FeatureRadius(large.features).value - 7) < 1e-12)
    #expect(distance(large.normalised().features.values, model.features.values) < 1e-14)
    #expect(distance(large.normalised().kernel.probabilities, model.kernel.probabilities) < 1e-15)
  }

  @Test("above the enumeration limit the radius is a bound") func largeRadius() throws {
    let model = try LinearMixtureMDP.randomMixture(
      stateCount: 17, actionCount: 1, dimension: 2, horizon: 2, seed: 3)
    let radius = FeatureRadius(model.features)
    #expect(!radius.isExact && radius.value >= 1)
  }

  @Test("a tabular model is a mixture, and comes back") func conversion() throws {
    let model = try reference["mix-3-2-3"]
    let mdp = try model.mdp(discount: 0.9)
    #expect(mdp.stateCount == 3 && mdp.actionCount == 2 && mdp.initialDistribution == [1, 0, 0])
    let tabular = try LinearMixtureMDP.tabular(mdp, horizon: 6)
    #expect(tabular.dimension == 18)
    #expect(distance(tabular.kernel.probabilities, model.kernel.probabilities) < 1e-15)
    #expect(FeatureRadius(tabular.features).value <= 1 + 1e-12)
    #expect(ValidParameters(tabular.features).equalityCount == 6)
    #expect(throws: ExplorationError.tooLarge(what: "a tabular model as a mixture", count: 324, limit: 100)) {
      try LinearMixtureMDP.tabular(model.kernel, horizon: 6, limit: 100)
    }
  }

  @Test("what is wrong with a model is named") func validation() throws {
    let features = try MixtureFeatures(stateCount: 2, actionCount: 1, dimension: 1, values: [0.5, 0.5, 1, 0])
    _ = try LinearMixtureMDP(features: features, parameter: [1], horizon: 1)
    #expect(throws: ExplorationError.parameter(name: "horizon", value: 0, needed: "at least 1")) {
      try LinearMixtureMDP(features: features, parameter: [1], horizon: 0)
    }
    #expect(throws: ExplorationError.rowSum(state: 0, action: 0, sum: 0.5, tolerance: 1e-9)) {
      try LinearMixtureMDP(features: features, parameter: [0.5], horizon: 1)
    }
    #expect(throws: ExplorationError.probability(state: 0, action: 0, next: 0, value: -0.5)) {
      try LinearMixtureMDP(features: features, parameter: [-1], horizon: 1)
    }
    #expect(throws: ExplorationError.shape(of: "theta", expected: [1], got: [2])) {
      try LinearMixtureMDP(features: features, parameter: [1, 0], horizon: 1)
    }
    #expect(throws: ExplorationError.notFinite(of: "theta", index: [0], value: .infinity)) {
      try LinearMixtureMDP(features: features, parameter: [.infinity], horizon: 1)
    }
    #expect(throws: ExplorationError.parameter(name: "start state", value: 2, needed: "from 0 to 1")) {
      try LinearMixtureMDP(features: features, parameter: [1], horizon: 1, startState: 2)
    }
    #expect(throws: ExplorationError.notFinite(of: "phi", index: [1, 0, 0, 1], value: .infinity)) {
      try MixtureFeatures(stateCount: 2, actionCount: 1, dimension: 1, values: [0.5, 0.5, 1, .infinity])
    }
    #expect(throws: ExplorationError.shape(of: "phi", expected: [2, 1, 1, 2], got: [3])) {
      try MixtureFeatures(stateCount: 2, actionCount: 1, dimension: 1, values: [0.5, 0.5, 1])
    }
    #expect(throws: ExplorationError.self) {
      try LinearMixtureMDP.hardInstance(dimension: 3, horizon: 5, gap: 0.2, signs: [1, 1])
    }
    #expect(throws: ExplorationError.negativeReward(step: 0, state: 1, action: 0, value: -1)) {
      try StepRewards(horizon: 1, stateCount: 2, actionCount: 1, values: [0, -1])
    }
  }
}
