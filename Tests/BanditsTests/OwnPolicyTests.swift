import Bandits
import Simulation
import Testing

/// A policy of one's own, with nothing but the public interface: the win-stay, lose-shift rule of Robbins (1952).
private struct WinStay: BanditPolicy {
  let armCount: Int
  var arm = 0

  mutating func choose(using stream: inout RandomStream) -> Int { arm }
  mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    if reward < 0.5 { self.arm = (arm + 1) % armCount }
  }
}

/// A world of one's own: arms that tire by one step at every pull and rest meanwhile.
private struct TiringArms: BanditEnvironment {
  var tiredness: [Double] = [0, 0]
  var total = 0.0
  var armCount: Int { tiredness.count }

  mutating func pull(_ arm: Int, using stream: inout RandomStream) -> Double {
    let reward: Double = stream.bernoulli(1 / (1 + tiredness[arm])) ? 1 : 0
    total += 1 / (1 + tiredness[arm])
    for k in tiredness.indices { tiredness[k] = k == arm ? tiredness[k] + 1 : max(0, tiredness[k] - 1) }
    return reward
  }
  func regret(step: Int, pulls: [Int]) -> Double { Double(step) - total }
  func benchmark(step: Int) -> Double { Double(step) }
}

@Suite("Policies and worlds of one's own") struct OwnPolicyTests {
  @Test("a policy runs in the worlds that come along, a world under the policies that come along") func own() {
    func play<Policy: BanditPolicy, World: BanditEnvironment>(_ policy: Policy, _ world: World) -> BanditRun {
      var (policy, world) = (policy, world)
      return BanditRun.play(
        &policy, in: &world, horizon: 100, checkpoints: [10, 100],
        policyStream: RandomStream(seed: 1, purpose: .policy),
        environmentStreams: [RandomStream(seed: 1)])
    }
    let stay = play(WinStay(armCount: 2), BernoulliEnvironment(means: [0, 1]))
    // One failure of arm 0, then arm 1 for ever.
    #expect(stay.regret == [1, 1] && stay.pulls == [1, 99])
    let tired = play(IndexPolicy(UCBIndex(), armCount: 2), TiringArms())
    // Rested arms always pay, so that equal means make UCB alternate, which never meets a tired arm.
    #expect(tired.pulls == [50, 50] && tired.regret == [0, 0])
    let both = play(WinStay(armCount: 2), TiringArms())
    #expect(both.realisedRegret[1] >= 0)
  }

  @Test("a stretch of one step at a time is the whole run") func stretches() {
    func run(_ checkpoints: [Int]) -> BanditRun {
      var policy = BetaThompson(armCount: 3)
      var world = BernoulliEnvironment(means: [0.2, 0.5, 0.6])
      return BanditRun.play(
        &policy, in: &world, horizon: 50, checkpoints: checkpoints,
        policyStream: RandomStream(seed: 4, purpose: .policy),
        environmentStreams: (0..<3).map { RandomStream(seed: 4, stream: $0) })
    }
    #expect(run(Array(1...50)).pulls == run([50]).pulls)
    #expect(run(Array(1...50)).realisedRegret.last == run([50]).realisedRegret.last)
  }
}
