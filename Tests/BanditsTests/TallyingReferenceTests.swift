import Bandits
import Files
import JSON
import TestSupport
import Testing

/// A problem of `Tests/Reference/bandits/wtb_*.json` with its expected answers.
struct TallyingReference: CustomTestStringConvertible, Sendable {
  let name: String
  let bandit: TallyingBandit
  let horizon: Int
  let root: JSONCursor
  let expected: JSONCursor
  var testDescription: String { name }

  static let all: [TallyingReference] =
    (try? Reference.files(in: "bandits", suffix: ".json")
      .filter { $0.contains("wtb_") }.map { file in
        let root = try Reference.json(file)
        let horizon = try root["T"].integer()
        let problem = try BanditProblemFile.problem(try root["spec"], horizon: horizon)
        guard case .tallying(let bandit, _) = problem.model else { throw BanditError.noArms }
        return TallyingReference(
          name: file, bandit: bandit, horizon: horizon, root: root, expected: try root["expected"])
      }) ?? []
}

@Suite("Weighted tallying against the reference tables") struct TallyingReferenceTests {
  static let tolerance = 1e-9

  @Test("all six tables are read") func found() { #expect(TallyingReference.all.count == 6) }

  @Test("optimum, first optimal sequence and number of states", arguments: TallyingReference.all)
  func optimum(reference: TallyingReference) throws {
    let optimum = try TallyingOptimum(reference.bandit, horizon: reference.horizon)
    let expected = reference.expected
    #expect(try abs(optimum.totalLoss - (expected["optimal_total_loss"].double())) < Self.tolerance)
    #expect(try optimum.sequence == (expected["optimal_sequence_lexicographic"].integers()))
    #expect(
      try reference.bandit.fullStateCount(horizon: reference.horizon) == (expected["dp_layer_states"].integer()))
    let played = try reference.bandit.stepLosses(of: optimum.sequence).reduce(0, +)
    #expect(abs(played - optimum.totalLoss) < Self.tolerance)
    let totals = try reference.bandit.optimalTotals(horizon: reference.horizon)
    #expect(abs(totals[reference.horizon] - optimum.totalLoss) < Self.tolerance)
    if let knapsack = try expected.optional("rested_knapsack_optimum") {
      #expect(optimum.method == .counts)
      #expect(try abs(optimum.totalLoss - (knapsack.double())) < Self.tolerance)
    }
  }

  @Test("constant arms, saturated losses, repeated exposure, cycle", arguments: TallyingReference.all)
  func exposure(reference: TallyingReference) throws {
    let bandit = reference.bandit, expected = reference.expected
    for (arm, loss) in try expected["constant_arm_total_loss"].doubles().enumerated() {
      #expect(abs(bandit.constantLoss(of: arm, horizon: reference.horizon) - loss) < Self.tolerance)
    }
    for (arm, loss) in try expected["saturated_loss"].doubles().enumerated() {
      #expect(abs(bandit.saturatedLoss(of: arm) - loss) < Self.tolerance)
    }
    let exposure = RepeatedExposure(bandit)
    #expect(try exposure.strong == (expected["reo_holds"].bool()))
    #expect(try exposure.arm == (expected.optional("reo_arm")?.integer()))
    #expect(
      try abs(exposure.minimumAttainableLoss - (expected["min_attainable_loss"].double())) < Self.tolerance)
    let cycle = try #require(exposure.minimumMeanCycle)
    #expect(cycle.mean - cycle.lower < 1e-12)
    if let mean = try expected.optional("min_mean_cycle") {
      #expect(try abs(cycle.mean - (mean.double())) < Self.tolerance)
      #expect(try exposure.cycle == (expected["reo_cycle_holds"].bool()))
    }
    let best = Double(reference.horizon) * bandit.bestSaturated.loss
    #expect(try abs(best - (expected["T_times_best_saturated"].double())) < Self.tolerance)
    if let bounds = exposure.optimumBounds(bandit, horizon: reference.horizon) {
      let optimum = try expected["optimal_total_loss"].double()
      #expect(bounds.lowerBound <= optimum + 1e-12 && optimum <= bounds.upperBound + 1e-12)
    }
  }

  @Test("losses of sequences and their complete policy regret", arguments: TallyingReference.all)
  func sequences(reference: TallyingReference) throws {
    for sequence in try reference.expected.optional("sequences")?.elements() ?? [] {
      let regret = try TallyingRegret(of: try sequence["actions"].integers(), on: reference.bandit)
      for (loss, expected) in zip(regret.stepLosses, try sequence["per_step_loss"].doubles()) {
        #expect(abs(loss - expected) < Self.tolerance)
      }
      #expect(try abs(regret.totalLoss - (sequence["total_loss"].double())) < Self.tolerance)
      let complete = try #require(regret.complete)
      #expect(try abs(complete - sequence["cpr"].double()) < Self.tolerance)
    }
  }
}
