import ArgumentParser
import RewardGauge

/// `solve`: optimal values and policy of a problem file, with their proof.
struct SolveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "solve",
    abstract: "Optimal values and policy under one reward, with a proven error bound.",
    discussion: """
      EXAMPLES
        rewardgauge solve frozen-lake.json --reward true
        rewardgauge solve taxi-v4.npz --discount 0.99 --tolerance 1e-10 --json
        rewardgauge solve frozen-lake.json --reward true --evaluate policy.json
        rewardgauge solve cliff.npz --criterion finite-horizon --horizon 40 --discount 1

      Every answer says how much of it is proven: E2 bounds hold for the floating-point arithmetic that ran, E3 adds that \
      the policy is optimal, E4 (--exact) gives rational values.
      """)

  /// What is optimised.
  enum Criterion: String, ExpressibleByArgument, CaseIterable {
    case discounted
    case finiteHorizon = "finite-horizon"
  }

  /// The algorithms for discounted problems by their names on the command line.
  enum Method: String, ExpressibleByArgument, CaseIterable {
    case automatic
    case policyIteration = "policy-iteration"
    case valueIteration = "value-iteration"
    case modifiedPolicyIteration = "modified-policy-iteration"
    case gaussSeidel = "gauss-seidel"

    func solver(_ options: SolverOptions) -> any DiscountedSolver {
      switch self {
      case .automatic: AutomaticSolver(options: options)
      case .policyIteration: PolicyIteration(options: options)
      case .valueIteration: ValueIteration(options: options)
      case .modifiedPolicyIteration: ModifiedPolicyIteration(options: options)
      case .gaussSeidel: GaussSeidel(options: options)
      }
    }
  }

  @OptionGroup var problem: ProblemOptions

  @Option(help: ArgumentHelp("The reward; may be left out when the file has only one.", valueName: "name"))
  var reward: String?

  @Option(help: "What is optimised.")
  var criterion = Criterion.discounted

  @Option(help: "Whether the reward is a gain (max) or a cost (min).")
  var direction = Direction.maximise

  @Option(help: "How to solve a discounted problem.")
  var method = Method.automatic

  @Option(help: "The error bound to reach, in units of the reward.")
  var tolerance = 1e-9

  @Option(help: ArgumentHelp("Give the values of this policy (JSON) instead of optimal ones.", valueName: "path"))
  var evaluate: String?

  @Option(help: "The number of steps of the finite-horizon criterion.")
  var horizon: Int?

  @Option(help: "The number of threads; the answer does not depend on it.")
  var threads = processorCount

  @OptionGroup var out: OutputOptions

  func validate() throws {
    guard tolerance >= 0, tolerance.isFinite else {
      throw ValidationError("--tolerance is \(tolerance); it must be a finite number of at least 0")
    }
    guard threads >= 1 else { throw ValidationError("--threads is \(threads); it must be at least 1") }
    switch (criterion, horizon) {
    case (.finiteHorizon, nil): throw ValidationError("--criterion finite-horizon needs --horizon STEPS")
    case (.discounted, .some): throw ValidationError("--horizon goes with --criterion finite-horizon")
    case (_, .some(let steps)) where steps < 0: throw ValidationError("--horizon is \(steps); it must be 0 or more")
    default: break
    }
    if method != .automatic, criterion != .discounted || evaluate != nil {
      throw ValidationError("--method chooses how to optimise a discounted problem; leave it out here")
    }
    if evaluate != nil, direction == .minimise {
      throw ValidationError("--direction does not go with --evaluate: the policy is given")
    }
  }

  func run() throws {
    let problem = try problem.read(requiresDiscount: criterion == .discounted)
    let reward = try problem.reward(named: reward)
    let policy = try evaluate.map { try Policy.read(from: $0, for: problem.mdp) }
    let report =
      switch criterion {
      case .discounted: try discounted(problem.mdp, reward, policy)
      case .finiteHorizon: try finiteHorizon(problem.mdp, reward, policy)
      }
    try out.emit(json: report.json, text: report.text)
  }

  private func discounted(_ mdp: MDP, _ reward: Reward, _ policy: Policy?) throws -> SolutionReport {
    if let policy {
      let value = try PolicyEvaluation(of: policy, in: mdp).evaluate(reward, tolerance: .absolute(tolerance))
      return SolutionReport(value, of: policy, mdp: mdp, reward: reward.name)
    }
    let problem = try DiscountedProblem(mdp, reward: reward, direction: direction)
    let solver = method.solver(SolverOptions(tolerance: .absolute(tolerance), threads: threads))
    return SolutionReport(
      solver.solve(problem), mdp: mdp, reward: reward.name, criterion: criterion.rawValue, direction: direction)
  }

  private func finiteHorizon(_ mdp: MDP, _ reward: Reward, _ policy: Policy?) throws -> SolutionReport {
    let solution = try FiniteHorizon(horizon: horizon ?? 0, threads: threads).solve(
      mdp, reward: reward, direction: direction, policy: policy)
    return SolutionReport(solution, of: policy, mdp: mdp, reward: reward.name, direction: direction)
  }
}

extension Problem {
  /// The reward called `name`; the only one when there is no name.
  func reward(named name: String?) throws -> Reward {
    if let name { return try reward(named: name) }
    guard let only = rewards.first, rewards.count == 1 else {
      throw ValidationError(
        rewards.isEmpty
          ? "the file has no reward"
          : "choose a reward by --reward: the file has \(rewards.map(\.name).joined(separator: ", "))")
    }
    return only
  }
}
