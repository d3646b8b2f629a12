internal import LinearAlgebra

/// A bandit as a Markov decision process: one state, one action an arm, the mean of the arm as reward.
public struct SingleStateBandit: MDPBuilder, Equatable {
  /// The mean reward of each arm.
  public let means: [Double]

  /// A bandit with these arms.
  public init(means: [Double]) { self.means = means }

  /// - Complexity: O(arms)
  public func build(discount: Double) throws(MDPError) -> (mdp: MDP, reward: Reward) {
    try requireSize(stateCount: 1, actionCount: means.count)
    if let arm = means.firstIndex(where: { !$0.isFinite }) {
      throw .reward(name: "reward", state: 0, action: arm, next: nil, value: means[arm])
    }
    let loop = Matrix(rowCount: means.count, columnCount: 1, repeating: 1)
    let mdp = try MDP(actionCount: means.count, transitions: .dense(loop), discount: discount)
    return (mdp, try Reward.pairs(means, stateCount: 1, actionCount: means.count))
  }
}
