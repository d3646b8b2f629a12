internal import MDPs

/// What a reader found, before it is checked to be a problem.
struct ProblemParts {
  var actionCount: Int
  var transitions: Transitions
  var discount: Double?
  var initial: [Double]?
  var availability: [Bool]?
  var stateNames: [String]?
  var actionNames: [String]?
  var rewards: [Reward] = []
  var labels: [StateLabel] = []
  var exact: ExactNumbers?
  /// Tables by transition of the least and the largest probabilities.
  var lower: Reward?
  var upper: Reward?

  /// The problem; everything is checked here, once.
  func problem(from path: String, options: ReadOptions) throws(FileError) -> Problem {
    let known = options.discount ?? discount
    if known == nil, options.requiresDiscount { throw .noDiscount(path: path) }
    do {
      let mdp = try MDP(
        actionCount: actionCount, transitions: transitions, discount: known ?? 1, initialDistribution: initial,
        availability: availability, stateNames: stateNames, actionNames: actionNames,
        rowSumTolerance: options.rowSumTolerance)
      return try Problem(
        mdp: mdp, rewards: rewards, labels: labels, statesDiscount: known != nil, exact: exact,
        bounds: lower == nil && upper == nil ? nil : TransitionBounds(lower: lower, upper: upper, for: mdp))
    } catch let error as MDPError {
      throw .model(path: path, error: error)
    } catch {
      throw .entry(path: path, entry: "intervals", reason: (error as? BoundsFault)?.reason ?? "\(error)")
    }
  }
}
