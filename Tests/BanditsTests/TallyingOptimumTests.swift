import Bandits
import Simulation
import Testing

@Suite("The exact optimum of tallying bandits") struct TallyingOptimumTests {
  /// All sequences of `horizon` plays, in lexicographic order.
  static func sequences(arms: Int, horizon: Int) -> [[Int]] {
    horizon == 0 ? [[]] : sequences(arms: arms, horizon: horizon - 1).flatMap { s in (0..<arms).map { s + [$0] } }
  }

  /// Random problems that meet every compression: identical, constant and useless arms, weights of 0, own weights.
  static func random(_ seed: UInt64) throws -> TallyingBandit {
    var stream = RandomStream(seed: seed, purpose: .instance)
    let arms = 1 + stream.index(below: 3), memory = 1 + stream.index(below: 4)
    let unit = stream.bernoulli(0.4)
    func weights() -> TallyWeights {
      unit
        ? .unit(memory: memory)
        : TallyWeights([1.0] + (1..<max(1, memory)).map { _ in Double(stream.index(below: 3)) / 2 }.prefix(memory - 1))
    }
    func loss() -> LossFunction {
      switch stream.index(below: unit ? 6 : 5) {
      case 0: .constant(Double(stream.index(below: 5)) / 4)
      case 1: .exponential(lo: stream.uniform(), hi: stream.uniform(), c: 0.5)
      case 2: .step(hi: stream.uniform(), lo: stream.uniform(), threshold: 2)
      case 3: .vee(lo: 0.1, slope: stream.uniform(), at: 1.5)
      case 4: .linear(a: 0.8, b: -0.2)
      default: .table((0..<memory).map { _ in Double(stream.index(below: 4)) / 3 })
      }
    }
    let shared = weights()
    var losses: [LossFunction] = [], own: [TallyWeights] = []
    for _ in 0..<arms {
      if let last = losses.last, let w = own.last, stream.bernoulli(0.3) {
        losses.append(last)
        own.append(w)
      } else {
        losses.append(loss())
        own.append(stream.bernoulli(0.5) ? shared : weights())
      }
    }
    return try TallyingBandit(losses: losses, armWeights: own)
  }

  @Test("equals the search over all sequences, and finds the first of the best", arguments: 0..<120)
  func bruteForce(seed: Int) throws {
    let bandit = try Self.random(UInt64(seed))
    let horizon = bandit.armCount == 3 ? 6 : 8
    var best = Double.infinity
    for sequence in Self.sequences(arms: bandit.armCount, horizon: horizon) {
      best = min(best, try bandit.stepLosses(of: sequence).reduce(0, +))
    }
    let optimum = try TallyingOptimum(bandit, horizon: horizon)
    #expect(abs(optimum.totalLoss - best) < 1e-10)
    #expect(try abs(bandit.optimalTotals(horizon: horizon)[horizon] - best) < 1e-10)
    let first = try Self.sequences(arms: bandit.armCount, horizon: horizon).first {
      try bandit.stepLosses(of: $0).reduce(0, +) <= best + 1e-10
    }
    #expect(optimum.sequence == first)
  }

  @Test("the mean cycle bounds every horizon and its cycle costs what it says", arguments: 0..<120)
  func meanCycle(seed: Int) throws {
    let bandit = try Self.random(UInt64(seed))
    let found = try MinimumMeanCycle(bandit)
    #expect(found.mean - found.lower <= 1e-12)
    let repeats = 40
    let played = (0..<repeats).flatMap { _ in found.cycle }
    let losses = try bandit.stepLosses(of: played)
    let last = losses.suffix(found.cycle.count).reduce(0, +) / Double(found.cycle.count)
    #expect(abs(last - found.mean) < 1e-9)
    let totals = try bandit.optimalTotals(horizon: 60)
    #expect(abs(totals[60] - 60 * found.mean) <= Double(bandit.memory) + 1e-9)
    let exposure = RepeatedExposure(bandit)
    if exposure.strong == true { #expect(exposure.cycle == true) }
    if let bounds = exposure.optimumBounds(bandit, horizon: 60) {
      #expect(bounds.lowerBound <= totals[60] + 1e-9 && totals[60] <= bounds.upperBound + 1e-9)
    }
  }

  @Test("long horizons recover the sequence by halving") func longHorizon() throws {
    let bandit = try TallyingBandit(
      losses: [.vee(lo: 0, slope: 0.2, at: 6), .vee(lo: 0.05, slope: 0.3, at: 4)],
      weights: TallyWeights((0..<14).map { 1 / (1 + 0.37 * Double($0)) }))
    let horizon = 9000
    let optimum = try TallyingOptimum(bandit, horizon: horizon)
    #expect(try abs(bandit.stepLosses(of: optimum.sequence).reduce(0, +) - optimum.totalLoss) < 1e-7)
    let cycle = try MinimumMeanCycle(bandit)
    #expect(abs(optimum.totalLoss - Double(horizon) * cycle.mean) <= 14)
  }

  @Test("the worked examples of the theory") func worked() throws {
    let needle = try TallyingBandit(
      losses: [.custom(name: "needle") { abs($0 - 1.375) < 1e-9 ? 0 : 1 }, .constant(1)],
      weights: TallyWeights([1, 0.5, 0.25, 0.125]))
    let optimum = try TallyingOptimum(needle, horizon: 12)
    #expect(optimum.totalLoss == 9)
    let cycle = try MinimumMeanCycle(needle)
    #expect(abs(cycle.mean - 2 / 3.0) < 1e-12 && cycle.cycle.count == 3)
    #expect(RepeatedExposure(needle).strong == false && RepeatedExposure(needle).cycle == false)
    let single = try TallyingBandit(losses: [.table([0.9, 0.2, 0.5])], weights: .unit(memory: 3))
    #expect(try abs(TallyingOptimum(single, horizon: 7).totalLoss - 3.6) < 1e-12)
    #expect(RepeatedExposure(single).strong == false && RepeatedExposure(single).cycle == true)
    let late = try TallyingBandit(
      losses: [.table([1, 1, 1, 1, 1, 0]), .constant(0.5)], weights: .unit(memory: 6))
    #expect(try TallyingOptimum(late, horizon: 4).totalLoss == 2)
    #expect(late.constantLoss(of: 0, horizon: 4) == 4 && RepeatedExposure(late).arm == 0)
  }

  @Test("the edges: no steps, one arm, memory 1, all losses equal") func edges() throws {
    let equal = try TallyingBandit(losses: [.constant(0.5), .constant(0.5)], weights: .unit(memory: 3))
    #expect(try TallyingOptimum(equal, horizon: 0).sequence == [])
    #expect(try TallyingOptimum(equal, horizon: 5).sequence == [0, 0, 0, 0, 0])
    #expect(try equal.optimalTotals(horizon: 0) == [0])
    let one = try TallyingBandit(losses: [.linear(a: 0, b: 0.1)], weights: .unit(memory: 300))
    #expect(try abs(TallyingOptimum(one, horizon: 4).totalLoss - 1) < 1e-12)
    #expect(try MinimumMeanCycle(one).mean == 1)
  }

  @Test("budgets are kept by refusing, at once") func budget() throws {
    let wide = try TallyingBandit(
      losses: [.linear(a: 0, b: 0.1), .linear(a: 0.1, b: 0.05)], weights: .geometric(0.9, memory: 60))
    #expect(throws: BanditError.self) { try TallyingOptimum(wide, horizon: 200) }
    #expect(throws: BanditError.horizon(-1)) { try TallyingOptimum(wide, horizon: -1) }
    #expect(RepeatedExposure(wide).strong == false)
  }
}

@Suite("Soundness of tallying bandits") struct TallyingBanditTests {
  @Test("every fault is named") func faults() {
    func make(_ losses: [LossFunction], _ weights: TallyWeights) throws -> TallyingBandit {
      try TallyingBandit(losses: losses, weights: weights)
    }
    #expect(throws: BanditError.noArms) { try make([], .unit(memory: 1)) }
    #expect(throws: BanditError.memory(0)) { try make([.constant(0)], .unit(memory: 0)) }
    #expect(throws: BanditError.firstWeight(arm: 0)) { try make([.constant(0)], TallyWeights([0, 1])) }
    #expect(throws: BanditError.weight(arm: 0, lag: 1, value: -1)) { try make([.constant(0)], TallyWeights([1, -1])) }
    #expect(throws: BanditError.self) { try make([.constant(0)], TallyWeights([1, .nan])) }
    #expect(throws: BanditError.loss(arm: 0, parameter: "value", value: 1.5)) {
      try make([.constant(1.5)], .unit(memory: 1))
    }
    #expect(throws: BanditError.tableWithoutUnitWeights(arm: 0)) {
      try make([.table([1, 0])], TallyWeights([1, 0.5]))
    }
    #expect(throws: BanditError.self) { try make([.table([1, 0, 1])], .unit(memory: 2)) }
    #expect(throws: BanditError.action(step: 1, arm: 2, armCount: 1)) {
      try make([.constant(0)], .unit(memory: 2)).stepLosses(of: [0, 2])
    }
    #expect(throws: Never.self) { try make([.constant(1 + 1e-10)], .unit(memory: 2)) }
  }

  /// Geometric weights fade lazily; the general list of plays is the definition.
  @Test("the three ways to keep tallies agree", arguments: [1, 2, 5, 37])
  func histories(memory: Int) throws {
    var stream = RandomStream(seed: 3)
    let plays = (0..<9000).map { _ in stream.index(below: 3) }
    let losses = [LossFunction](repeating: .linear(a: 0, b: 0.01), count: 3)
    for weights in [TallyWeights.geometric(0.9, memory: memory), .unit(memory: memory)] {
      let fast = try TallyingBandit(losses: losses, weights: weights).stepLosses(of: plays)
      for t in stride(from: 0, to: plays.count, by: 97) {
        var tally = 0.0
        for lag in 0...min(memory - 1, t) where plays[t - lag] == plays[t] { tally += weights[lag] }
        #expect(abs(fast[t] - 0.01 * tally) < 1e-12)
      }
    }
  }

  @Test("traditional regret can vanish where complete policy regret is T − 1") func notions() throws {
    // The loss of every arm is 0 after a play of the other one, 1 after its own.
    let alternate = try TallyingBandit(losses: [.table([0, 1]), .table([0, 1])], weights: .unit(memory: 2))
    let regret = try TallyingRegret(of: [0, 0, 0, 0], on: alternate)
    #expect(regret.complete == 3 && regret.constantAction == 0 && regret.traditional == 3 && regret.saturated == -1)
  }
}
