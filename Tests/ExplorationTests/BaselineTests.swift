import JSON
import TestSupport
import Testing

@testable import Exploration

@Suite("Baselines of exploration") struct BaselineTests {
  let reference: ReferenceModels
  let substeps: JSONCursor

  init() throws {
    reference = try ReferenceModels()
    substeps = try Reference.json("exploration/substeps.json")
  }

  @Test("the plan of UCRL-RFE equals the reference") func ucrlRFE() throws {
    for entry in try substeps["planning"].elements() {
      let model = try reference[entry["mdp"].string()]
      let whitened = try WhitenedFeatures(StackedFeatures(model.features), in: entry["sigma_tilde"].factor())
      let expected = try entry["ucrl_rfe"]
      let beta = try expected["beta"].double()
      let plan = UCRLRFEPlan(
        SubsetUncertainty(whitened, pairCount: model.features.pairCount), beta: beta, whitened: whitened,
        mixture: model.features.mixture(try entry["theta_model"].flat()), bonus: beta,
        actionCount: model.actionCount, horizon: model.horizon)
      #expect(distance(plan.pseudoReward, try expected["pseudo_reward"].flat()) < 1e-9)
      #expect(distance(plan.values, try expected["V"].flat()) < 1e-9)
      #expect(plan.policy.map(Double.init) == (try expected["policy"].flat()))
    }
  }

  @Test("the error functions of RF-UCRL and RF-Express equal the reference") func tabular() throws {
    for entry in try substeps["estimators"]["cases"].elements() {
      let model = try reference[entry["mdp"].string()]
      let counts = try entry["counts_sat"].flat().map { Int($0) }
      for (rule, key) in [(TabularExploration.Rule.rfUCRL, "rf_ucrl"), (.rfExpress, "rf_express")] {
        var options = TabularExploration(rule)
        options.bonusScale = try entry[key]["scale"].double()
        options.failureProbability = try entry[key]["delta"].double()
        let error = options.errorFunction(
          counts: counts, stateCount: model.stateCount, actionCount: model.actionCount, horizon: model.horizon)
        #expect(distance(error, try entry[key]["W"].flat()) < 1e-9)
        // The reference breaks ties by rounding; its actions are maximisers to its accuracy.
        for (node, action) in try entry[key]["policy"].flat().enumerated() {
          let row = error[(node * model.actionCount)..<((node + 1) * model.actionCount)]
          #expect(try #require(row.max()) - row[row.startIndex + Int(action)] < 1e-9)
        }
      }
    }
  }

  @Test("every explorer runs, counts its steps and repeats itself") func runs() throws {
    for name in ["mix-3-2-3", "river-6"] {
      let world = try reference[name]
      let starts: [() throws -> ExplorationSession] = [
        { try HorizonFreeExploration(.relaxed).session(in: world, seed: 3) },
        { try HorizonFreeExploration(.coupled).session(in: world, seed: 3) },
        { UniformExploration().session(in: world, seed: 3) },
        { try TabularExploration(.rfUCRL).session(in: world, seed: 3) },
        { try TabularExploration(.rfExpress).session(in: world, seed: 3) },
        { try UCRLRFEExploration().session(in: world, seed: 3) },
        { try UCRLRFEExploration(plus: true).session(in: world, seed: 3) },
      ]
      for start in starts {
        var session = try start()
        try session.run(episodes: 20)
        #expect(session.counts.reduce(0, +) == 20 * world.horizon && session.episodes == 20)
        var again = try start()
        try again.run(episodes: 7)
        try again.run(episodes: 13)
        #expect(again.counts == session.counts)
        for estimator in ModelEstimator.allCases {
          guard let model = try? session.model(estimator) else {
            #expect(estimator == .targeted)
            continue
          }
          #expect(model.isConverged)
          #expect(model.kernel.probabilities.allSatisfy { $0 >= 0 && $0 <= 1 })
          #expect(try session.model(estimator) == again.model(estimator))
        }
        if let certificate = try session.certificate() {
          #expect(certificate.value >= 0 && certificate.value <= 1)
        }
      }
    }
  }

  @Test("theory radii, determinant replanning and edge cases run") func variants() throws {
    let world = try reference["mix-3-2-3"]
    var theory = HorizonFreeExploration(.relaxed)
    theory.radius = .theory(0.1)
    theory.levels = nil
    var session = try theory.session(in: world, seed: 1)
    try session.run(episodes: 5)
    // At realistic sizes the theory's radius certifies nothing.
    #expect(try session.certificate()?.value == 1 && session.bestCertificate?.value == 1)
    for explorer in [HorizonFreeExploration.Explorer.relaxed, .coupled] {
      var lazy = HorizonFreeExploration(explorer)
      lazy.replanning = .determinantGrowth(1)
      lazy.centredNorms = true
      lazy.keepsTrace = true
      var session = try lazy.session(in: world, seed: 1)
      try session.run(episodes: 30)
      let replans = session.trace.filter { $0.modelCentre != nil }.count
      #expect(replans > 1 && replans < 30)
      for (n, actions, horizon, d) in [(1, 2, 3, 2), (3, 1, 3, 2), (3, 2, 1, 2), (3, 2, 2, 2), (3, 2, 4, 1)] {
        let small = try LinearMixtureMDP.randomMixture(
          stateCount: n, actionCount: actions, dimension: d, horizon: horizon, seed: 2)
        var session = try HorizonFreeExploration(explorer).session(in: small, seed: 1)
        try session.run(episodes: 10)
        let model = try session.model(.targeted)
        #expect(model.isConverged)
        let evaluation = try ExplorationEvaluation(
          truth: small.kernel, model: model.kernel, horizon: horizon, start: 0)
        if n == 1 || actions == 1 || horizon == 1 { #expect(evaluation.found.value < 1e-12) }
        // The equality fixes a single parameter before any data.
        if d == 1 { #expect(evaluation.certified.separation < 1e-12) }
      }
    }
    var small = HorizonFreeExploration()
    small.parameterBound = 1
    #expect(try small.session(in: world, seed: 1).isParameterBoundTooSmall)
    #expect(try !HorizonFreeExploration().session(in: world, seed: 1).isParameterBoundTooSmall)
  }

  @Test("with radii set to the measured distances the certificate covers the adversary") func oracleRadius() throws {
    for seed in 1...3 as ClosedRange<UInt64> {
      let world = try LinearMixtureMDP.randomMixture(
        stateCount: 3, actionCount: 2, dimension: 3, horizon: 5, seed: seed)
      var session = try HorizonFreeExploration().session(in: world, seed: seed)
      try session.run(episodes: 40)
      let model = try session.model(.targeted)
      // The practical constant 1 is above every distance measured.
      let certificate = try #require(try session.certificate(radius: .practical(1)))
      let found = TieFillingAdversary().worstCase(
        truth: world.kernel, model: model.kernel, horizon: world.horizon, start: 0)
      #expect(certificate.planningErrorBound >= found.value)
    }
  }
}
