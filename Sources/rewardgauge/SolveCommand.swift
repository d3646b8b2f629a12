import ArgumentParser
import Foundation
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
        rewardgauge solve consensus-2-K2.npz --criterion reachability --target disagree
        rewardgauge solve consensus-2-K2.npz --criterion total --reward steps --target steps_max --exact
        rewardgauge solve frozen-lake.json --reward true --criterion robust --radius 0.2

      Every answer says how much of it is proven: E2 bounds hold for the floating-point arithmetic that ran, E3 adds that \
      the policy is optimal, E4 (--exact) gives rational values.
      """)

  /// What is optimised.
  enum Criterion: String, ExpressibleByArgument, CaseIterable {
    case discounted
    case finiteHorizon = "finite-horizon"
    case total
    case reachability
    case average
    case soft
    case robust
    case constrained

    /// Whether future rewards count for less.
    var isDiscounted: Bool { [.discounted, .soft, .robust, .constrained].contains(self) }
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

  @Option(
    help: ArgumentHelp("The states to reach, for total and reachability: a label of the file.", valueName: "name"))
  var target: String?

  @Option(help: ArgumentHelp("The weight of the entropy bonus of the soft criterion.", valueName: "τ"))
  var temperature: Double?

  @Option(
    help: ArgumentHelp(
      "How far, in L1 distance, nature may move the probabilities of a row among its successors, for the robust criterion.",
      valueName: "ε"))
  var radius: Double?

  @Option(
    help: ArgumentHelp(
      "For the constrained criterion: REWARD<=NUMBER, the most that the discounted return of that reward may be.",
      valueName: "limit"))
  var constraint: [String] = []

  @Flag(help: "Solve in rational numbers as well: values as p/q, proven optimal.")
  var exact = false

  @Option(
    help: """
      How --exact takes numbers that the file holds as doubles: as the binary fractions they are (dyadic), as the simple \
      fractions or decimals they were rounded from (fractions), or the latter where all rows then sum to 1 (automatic).
      """)
  var rationals = NumberReading.automatic

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
    case (.finiteHorizon, .some(let steps)) where steps < 0:
      throw ValidationError("--horizon is \(steps); it must be 0 or more")
    case (.finiteHorizon, _), (_, nil): break
    default: throw ValidationError("--horizon goes with --criterion finite-horizon")
    }
    if method != .automatic, criterion != .discounted || evaluate != nil {
      throw ValidationError("--method chooses how to optimise a discounted problem; leave it out here")
    }
    if evaluate != nil {
      guard criterion == .discounted || criterion == .finiteHorizon else {
        throw ValidationError("--evaluate goes with --criterion discounted or finite-horizon")
      }
      if direction == .minimise {
        throw ValidationError("--direction does not go with --evaluate: the policy is given")
      }
    }
    try requireOption(temperature != nil, "--temperature", .soft)
    try requireOption(radius != nil, "--radius", .robust)
    try requireOption(!constraint.isEmpty, "--constraint", .constrained)
    if exact, evaluate != nil || method != .automatic || ![.discounted, .total, .reachability].contains(criterion) {
      throw ValidationError("--exact gives optima of the discounted, total and reachability criteria by its own method")
    }
    if rationals != .automatic, !exact { throw ValidationError("--rationals goes with --exact") }
    switch (criterion, target) {
    case (.reachability, nil): throw ValidationError("--criterion reachability needs --target NAME")
    case (.reachability, _), (.total, _), (_, nil): break
    default: throw ValidationError("--target goes with --criterion total or reachability")
    }
    if criterion == .reachability, reward != nil {
      throw ValidationError("--reward does not go with --criterion reachability")
    }
  }

  private func requireOption(_ isGiven: Bool, _ name: String, _ owner: Criterion) throws {
    if criterion == owner, !isGiven { throw ValidationError("--criterion \(owner.rawValue) needs \(name)") }
    if criterion != owner, isGiven { throw ValidationError("\(name) goes with --criterion \(owner.rawValue)") }
  }

  func run() throws {
    let problem = try problem.read(requiresDiscount: criterion.isDiscounted)
    let policy = try evaluate.map { try Policy.read(from: $0, for: problem.mdp) }
    let report =
      switch criterion {
      case .discounted: try discounted(problem, problem.reward(named: reward), policy)
      case .finiteHorizon: try finiteHorizon(problem.mdp, problem.reward(named: reward), policy)
      case .total: try total(problem)
      case .reachability: try reachability(problem)
      case .average: try average(problem.mdp, problem.reward(named: reward))
      case .soft: try soft(problem.mdp, problem.reward(named: reward))
      case .robust: try robust(problem.mdp, problem.reward(named: reward))
      case .constrained: try constrained(problem, problem.reward(named: reward))
      }
    try out.emit(json: report.json, text: report.text)
  }

  private var options: SolverOptions { SolverOptions(tolerance: .absolute(tolerance), threads: threads) }

  private func total(_ problem: Problem) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    let label = try target.map { try problem.label(named: $0) }
    let extras: [JSONValue.Member] = label.map { [.init("target", .string($0.name))] } ?? []
    var criterion = TotalReward(target: label?.states, direction: direction, options: options)
    criterion.inputRoundoff = problem.inputRoundoff
    let solution = exact ? nil : try criterion.solve(problem.mdp, reward: reward)
    guard let solution, solution.isEnough(for: problem) else {
      return SolutionReport(
        try exactSolver.solve(criterion, problem.rationalModel(reward, rationals)), mdp: problem.mdp,
        reward: reward.name, criterion: self.criterion.rawValue, direction: direction, extras: extras)
    }
    return SolutionReport(
      solution, mdp: problem.mdp, reward: reward.name,
      criterion: self.criterion.rawValue, direction: direction,
      extras: extras)
  }

  private func reachability(_ problem: Problem) throws -> SolutionReport {
    let label = try problem.label(named: target ?? "")
    var criterion = Reachability(
      target: label.states, passable: label.allowed, direction: direction, options: options)
    criterion.inputRoundoff = problem.inputRoundoff
    let solution = exact ? nil : try criterion.solve(problem.mdp)
    guard let solution, solution.isEnough(for: problem) else {
      return SolutionReport(
        try exactSolver.solve(criterion, problem.rationalModel(nil, rationals)), mdp: problem.mdp, reward: label.name,
        criterion: self.criterion.rawValue, direction: direction, extras: [.init("target", .string(label.name))])
    }
    return SolutionReport(
      solution, mdp: problem.mdp, reward: label.name, criterion: self.criterion.rawValue,
      direction: direction, extras: [.init("target", .string(label.name))])
  }

  private var exactSolver: ExactSolver { ExactSolver(options: options) }

  private func discounted(_ problem: Problem, _ reward: Reward, _ policy: Policy?) throws -> SolutionReport {
    let mdp = problem.mdp
    if exact {
      return SolutionReport(
        try exactSolver.solve(problem.rationalModel(reward, rationals), direction: direction), mdp: mdp,
        reward: reward.name, criterion: criterion.rawValue, direction: direction)
    }
    if let policy {
      let value = try PolicyEvaluation(of: policy, in: mdp).evaluate(reward, tolerance: .absolute(tolerance))
      return SolutionReport(value, of: policy, mdp: mdp, reward: reward.name)
    }
    let discounted = try DiscountedProblem(mdp, reward: reward, direction: direction)
    let solver = method.solver(options)
    return SolutionReport(
      solver.solve(discounted), mdp: mdp, reward: reward.name, criterion: criterion.rawValue, direction: direction)
  }

  private func average(_ mdp: MDP, _ reward: Reward) throws -> SolutionReport {
    let solution = try AverageReward(direction: direction, options: options).solve(mdp, reward: reward)
    return SolutionReport(solution, mdp: mdp, reward: reward.name, direction: direction)
  }

  private func soft(_ mdp: MDP, _ reward: Reward) throws -> SolutionReport {
    let temperature = temperature ?? 0
    let solution = try RegularisedIteration(temperature: temperature, options: options)
      .solve(DiscountedProblem(mdp, reward: reward, direction: direction))
    return SolutionReport(
      solution, mdp: mdp, reward: reward.name, temperature: temperature, direction: direction)
  }

  private func robust(_ mdp: MDP, _ reward: Reward) throws -> SolutionReport {
    let radius = radius ?? 0
    let solution = try RobustIteration(ambiguity: .ball(radius: radius), options: options)
      .solve(DiscountedProblem(mdp, reward: reward, direction: direction))
    return SolutionReport(
      solution, mdp: mdp, reward: reward.name, criterion: criterion.rawValue, direction: direction,
      extras: [.init("radius", .number(radius)), .init("discount", .number(mdp.discount))])
  }

  private func constrained(_ problem: Problem, _ reward: Reward) throws -> SolutionReport {
    let constraints = try constraint.map { text in
      guard let place = text.range(of: "<="), let limit = Double(text[place.upperBound...]), limit.isFinite else {
        throw ValidationError("--constraint \"\(text)\" is not of the form REWARD<=NUMBER")
      }
      return ReturnConstraint(try problem.reward(named: String(text[..<place.lowerBound])), atMost: limit)
    }
    let solution = try ConstrainedOptimisation(constraints: constraints, options: options)
      .solve(problem.mdp, reward: reward, direction: direction)
    return SolutionReport(
      solution, constraints: constraints, mdp: problem.mdp, reward: reward.name, direction: direction)
  }

  private func finiteHorizon(_ mdp: MDP, _ reward: Reward, _ policy: Policy?) throws -> SolutionReport {
    let solution = try FiniteHorizon(horizon: horizon ?? 0, threads: threads).solve(
      mdp, reward: reward, direction: direction, policy: policy)
    return SolutionReport(solution, of: policy, mdp: mdp, reward: reward.name, direction: direction)
  }
}

extension Problem {
  /// The problem in rationals: those of the file where it has them, else its doubles as `reading` says.
  func rationalModel(_ reward: Reward?, _ reading: NumberReading) throws -> RationalModel {
    let place = reward.flatMap { reward in rewards.firstIndex { $0.name == reward.name } }
    guard let exact, reading == .automatic, reward == nil || place.flatMap({ exact.rewards[$0] }) != nil else {
      return try RationalModel(mdp, reward: reward, reading: reading)
    }
    let none = [Rational](repeating: 0, count: mdp.stateCount * mdp.actionCount)
    return try RationalModel(
      mdp, probabilities: exact.probabilities,
      rewards: place.flatMap { exact.rewards[$0] } ?? none)
  }

  /// How far, relatively, the doubles of the model may be from the rationals that the file holds.
  var inputRoundoff: Double {
    guard let exact else { return 0 }
    let isInDoubles = exact.probabilities.allSatisfy { Rational(exactly: Double($0)) == $0 }
    return isInDoubles ? 0 : 0x1p-53
  }

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

extension Solution {
  /// Whether doubles carried the numbers of the file to the tolerance; where they did not, its rationals can.
  fileprivate func isEnough(for problem: Problem) -> Bool { guarantee.isConverged || problem.exact == nil }
}
