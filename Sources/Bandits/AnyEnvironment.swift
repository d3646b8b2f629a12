internal import Simulation

/// One of the worlds whose pull costs so much that a loop of its own would gain nothing: each policy's loop is made once for
/// all of them, which halves the code.
struct AnyEnvironment: BanditEnvironment {
  private var arms: ArmsEnvironment?
  private var drifting: DriftingEnvironment?
  private var tallying: TallyingEnvironment?

  init(_ arms: ArmsEnvironment) { self.arms = arms }
  init(_ drifting: DriftingEnvironment) { self.drifting = drifting }
  init(_ tallying: TallyingEnvironment) { self.tallying = tallying }

  var armCount: Int { arms?.armCount ?? drifting?.armCount ?? tallying?.armCount ?? 0 }

  @inline(never) mutating func pull(_ arm: Int, using stream: inout RandomStream) -> Double {
    arms?.pull(arm, using: &stream) ?? drifting?.pull(arm, using: &stream) ?? tallying?.pull(arm, using: &stream) ?? 0
  }

  func regret(step: Int, pulls: [Int]) -> Double {
    arms?.regret(step: step, pulls: pulls) ?? drifting?.regret(step: step, pulls: pulls)
      ?? tallying?.regret(step: step, pulls: pulls) ?? 0
  }

  func benchmark(step: Int) -> Double {
    arms?.benchmark(step: step) ?? drifting?.benchmark(step: step) ?? tallying?.benchmark(step: step) ?? 0
  }
}
