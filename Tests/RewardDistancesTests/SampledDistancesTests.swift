import Files
import LinearAlgebra
import MDPs
import RewardDistances
import TestSupport
import Testing

@Suite("Distances estimated from transitions") struct SampledDistancesTests {
  static let names = [
    "VAL-2-2", "VAL-1-1", "VAL-inf-inf", "VAL-1-2", "VAL-w2-w2", "VAL-2-angle", "VAL-2-2-half", "EPIC", "EPIC-2-2",
    "EPIC-w1-w1", "EPIC-inf-inf", "DARD", "DARD-2-2", "DARD-w2-w2", "None-2-2", "None-u2-u2", "pearson", "spearman",
    "VALPotential-1-1",
  ]

  /// Every transition of a world once, with its probability as weight.
  static func table(_ mdp: MDP, _ first: Reward, _ second: Reward) throws -> TransitionSamples {
    var (s, a, t): ([Int], [Int], [Int]) = ([], [], [])
    var (r1, r2, w): ([Double], [Double], [Double]) = ([], [], [])
    for state in 0..<mdp.stateCount {
      for action in 0..<mdp.actionCount {
        for next in 0..<mdp.stateCount {
          s.append(state)
          a.append(action)
          t.append(next)
          r1.append(first.value(state: state, action: action, next: next, actionCount: mdp.actionCount))
          r2.append(second.value(state: state, action: action, next: next, actionCount: mdp.actionCount))
          w.append(mdp.transitions[mdp.pair(state, action), next])
        }
      }
    }
    return try TransitionSamples(states: s, actions: a, nextStates: t, first: r1, second: r2, weights: w)
  }

  static func example(_ structure: RandomStructure, _ seed: Int) throws -> (MDP, Reward, Reward) {
    var generator = SeededGenerator(seed: seed)
    let mdp = try MDP.random(stateCount: 4, actionCount: 3, discount: 0.8, structure: structure, using: &generator)
    let first = Reward.random(name: "r1", for: mdp, using: &generator)
    return (mdp, first, Reward.random(name: "r2", for: mdp, using: &generator))
  }

  @Test("a table of all transitions gives the exact distances", arguments: RandomStructure.allCases)
  func exact(structure: RandomStructure) throws {
    let (mdp, r1, r2) = try Self.example(structure, 3)
    let world = try ComparisonWorld(mdp)
    let (first, second) = (try world.admit(r1), try world.admit(r2))
    let distances = try Self.names.map { try RewardDistance(name: $0) }
    var options = SampledDistances.Options(discount: mdp.discount)
    options.resamples = 0
    let result = try SampledDistances(Self.table(mdp, r1, r2), distances: distances, options: options)
    for estimate in result.estimates {
      let want = try world.distance(estimate.distance, first, second).value
      #expect(abs(estimate.value - want) <= 1e-12, "\(estimate.distance.name): \(estimate.value), not \(want)")
      #expect(estimate.lower == nil && estimate.upper == nil)
    }
    #expect(result.flags.isEmpty)
  }

  @Test("more transitions, nearer to the truth; intervals shrink and mostly hold it") func convergence() throws {
    let (mdp, r1, r2) = try Self.example(.dense, 4)
    let world = try ComparisonWorld(mdp)
    let want = try world.distance(
      RewardDistance(name: "VAL-2-2"), try world.admit(r1), try world.admit(r2)
    ).value
    var errors: [Double] = []
    var widths: [Double] = []
    for count in [300, 30_000] {
      var generator = SeededGenerator(seed: 11)
      var (s, a, t): ([Int], [Int], [Int]) = ([], [], [])
      for _ in 0..<count {
        let (state, action) = (Int.random(in: 0..<4, using: &generator), Int.random(in: 0..<3, using: &generator))
        var (rest, next) = (Double.random(in: 0..<1, using: &generator), 0)
        while next < 3, rest >= mdp.transitions[mdp.pair(state, action), next] {
          rest -= mdp.transitions[mdp.pair(state, action), next]
          next += 1
        }
        s.append(state)
        a.append(action)
        t.append(next)
      }
      func read(_ r: Reward) -> [Double] {
        s.indices.map { r.value(state: s[$0], action: a[$0], next: t[$0], actionCount: 3) }
      }
      let samples = try TransitionSamples(states: s, actions: a, nextStates: t, first: read(r1), second: read(r2))
      var options = SampledDistances.Options(discount: mdp.discount)
      options.resamples = 40
      let estimate = try SampledDistances(samples, options: options).estimates[0]
      errors.append(abs(estimate.value - want))
      let (lower, upper) = (try #require(estimate.lower), try #require(estimate.upper))
      #expect(lower <= upper)
      widths.append(upper - lower)
    }
    #expect(errors[1] < 0.02 && widths[1] < widths[0] / 3)
  }

  @Test("the same seed, the same numbers on any number of threads; another seed, others") func deterministic() throws {
    let (mdp, r1, r2) = try Self.example(.sparse, 5)
    let samples = try Self.table(mdp, r1, r2)
    var options = SampledDistances.Options(discount: 0.8)
    options.resamples = 30
    options.workers = 1
    let one = try SampledDistances(samples, options: options)
    options.workers = 4
    #expect(try SampledDistances(samples, options: options) == one)
    options.seed = 2
    #expect(try SampledDistances(samples, options: options) != one)
  }

  @Test("trivial rewards, one state, states that are never left: numbers, never NaN") func degenerate() throws {
    let one = try TransitionSamples(states: [0], actions: [0], nextStates: [1], first: [1], second: [0])
    let result = try SampledDistances(
      one, distances: try Self.names.map { try RewardDistance(name: $0) }, options: .init(discount: 0.9))
    #expect(result.estimates.allSatisfy { $0.value.isFinite && $0.lower?.isFinite ?? false })
    #expect(result.flags.contains { $0.contains("never left") })
  }

  @Test("what cannot be estimated is refused") func refusals() throws {
    let (mdp, r1, r2) = try Self.example(.dense, 6)
    let samples = try Self.table(mdp, r1, r2)
    for name in ["range", "ERC", "Projection-2-2", "VAL-o2-o2", "NPEC"] {
      #expect(throws: RewardDistanceError.notEstimable(distance: name)) {
        try SampledDistances(samples, distances: [RewardDistance(name: name)], options: .init(discount: 0.9))
      }
    }
    #expect(throws: RewardDistanceError.undiscounted(quantity: "the value of a policy")) {
      try SampledDistances(samples, options: .init(discount: 1))
    }
    #expect(throws: RewardDistanceError.sample(row: 0, reason: "there are no transitions; at least one is needed")) {
      try TransitionSamples(states: [], actions: [], nextStates: [], first: [], second: [])
    }
  }

  @Test("CSV files: headers, remarks, weights") func files() throws {
    let plain = try TransitionSamples.read(Array("0,0,1,1.5,-2\n1,0,0,0,1\n".utf8), name: "x.csv")
    #expect(plain.states == [0, 1] && plain.nextStates == [1, 0] && plain.first == [1.5, 0] && plain.weights == nil)
    let named = try TransitionSamples.read(
      Array("# seen on Monday\nr2, s ,a,next,weight,r1\n-2,0,0,1,3,1.5\n\n1,1,0,0,1,0\n".utf8), name: "x.csv")
    #expect(named.first == plain.first && named.second == plain.second && named.weights == [3, 1])
  }

  @Test(
    "faults name their line",
    arguments: [
      ("s,a,t,r1,r2\n0,0,1,1\n", 2, "4 columns"), ("s,a,t,r1,r2\n0,0,1,1,2\n0,x,1,1,1\n", 3, "whole number"),
      ("0,0,1,1,nan\n", 1, "finite"), ("s,a,t,r1\n", 1, "r2 is missing"), ("s,a,t,r1,r3\n", 1, "did you mean"),
      ("# a remark\n0,0,-1,1,1\n", 2, "whole number from 0"), ("0,0,1\n", 1, "3 columns"), ("", 1, "no transitions"),
      ("s,a,t,r1,r2,w\n0,0,1,1,1,-1\n", 2, "not negative"), ("s,s,a,t,r1,r2\n", 1, "twice"),
    ])
  func faults(text: String, line: Int, words: String) {
    do {
      _ = try TransitionSamples.read(Array(text.utf8), name: "x.csv")
      Issue.record("accepted")
    } catch {
      guard case .line(_, line, _) = error else {
        Issue.record("\(error)")
        return
      }
      #expect("\(error)".contains(words), "\(error)")
    }
  }
}
