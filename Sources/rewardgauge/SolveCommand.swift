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
        rewardgauge solve consensus-2-K2.npz --criterion reachability --target disagree
        rewardgauge solve consensus-2-K2.npz --criterion total --reward steps --target steps_max --exact
        rewardgauge solve frozen-lake.json --reward true --criterion constrained --constraint 'proxy<=1/3' --exact
        rewardgauge solve frozen-lake.json --reward true --criterion robust --radius 0.2
        rewardgauge solve frozen-lake.json --criterion pareto --objectives true,-proxy --precision 1e-6
        rewardgauge solve cliff.npz --criterion blackwell
        rewardgauge solve consensus-2-K2.npz --criterion total --reward steps --target steps_max --method interval-iteration
        rewardgauge solve frozen-lake.json --reward true --criterion robust --interval-width 0.05
        rewardgauge solve frozen-lake.json --reward true --criterion robust --divergence 0.01
        rewardgauge solve frozen-lake.json --reward true --criterion entropic-risk --risk -0.5
        rewardgauge solve frozen-lake.json --reward true --criterion nested-cvar --level 0.1
        rewardgauge solve frozen-lake.json --reward true --criterion minimum

      Every answer says how much of it is proven: E2 bounds hold for the floating-point arithmetic that ran, E3 adds that \
      the policy is optimal, E4 (--exact) gives rational values.
      """)

  @OptionGroup var problem: ProblemOptions

  @Option(help: ArgumentHelp("The reward; may be left out when the file has only one.", valueName: "name"))
  var reward: String?

  @Option(
    help: ArgumentHelp(
      "What is optimised: \(Criterion.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "criterion"),
    transform: Criterion.named)
  var criterion = Criterion.discounted

  @Option(help: "Whether the reward is a gain (max) or a cost (min).")
  var direction = Direction.maximise

  @Option(help: "How to get to the answer; which methods a criterion has, the README lists.")
  var method = SolvingMethod.automatic

  @Option(help: "The error bound to reach, in units of the reward.")
  var tolerance = 1e-9

  @Option(help: ArgumentHelp("Give the values of this policy (JSON) instead of optimal ones.", valueName: "path"))
  var evaluate: String?

  @Option(help: "The number of steps: of the finite-horizon criterion, or after which entropic-risk ends.")
  var horizon: Int?

  @Option(
    help: ArgumentHelp(
      "The states to reach, for total and reachability: a label of the file, or labels joined by &, |, ! and U (until).",
      valueName: "name"))
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
      "For the robust criterion: nature may move every positive probability by at most δ, [p - δ, p + δ] within [0, 1].",
      valueName: "δ"))
  var intervalWidth: Double?

  @Option(
    help: ArgumentHelp(
      "For the robust criterion: nature may pick any row within this Kullback-Leibler divergence, in nats, of the given one.",
      valueName: "ρ"))
  var divergence: Double?

  @Option(help: "Whether nature, in the robust criterion, plays against the decision maker or with him.")
  var nature = NatureSide.against

  @Option(
    help: ArgumentHelp(
      "For the soft criterion: the policy (JSON) whose leaving is penalised, in place of an entropy bonus.",
      valueName: "path"))
  var prior: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The parameter b of (1/b) log E exp(b · return) of the entropic-risk criteria: negative shuns risk in gains.",
      valueName: "b"))
  var risk: Double?

  @Option(
    help: ArgumentHelp("The share of worst outcomes whose mean counts at every step, for nested-cvar.", valueName: "α"))
  var level: Double?

  @Option(
    help: ArgumentHelp(
      "For the constrained criterion: REWARD<=NUMBER, the most that the discounted return of that reward may be.",
      valueName: "limit"))
  var constraint: [String] = []

  @Option(
    help: ArgumentHelp(
      "For the pareto criterion: rewards joined by commas; one with - before it goes the other way.",
      valueName: "names"))
  var objectives: String?

  @Option(
    help: ArgumentHelp(
      "For the pareto criterion: how near the inner and the outer approximation have to come; 1e-6 by default.",
      valueName: "ε"))
  var precision: Double?

  @Flag(help: "Add the discounted occupancy of each pair under the policy, which sums to 1 / (1 - discount).")
  var occupancy = false

  @Flag(help: "Solve in rational numbers as well: values as p/q, proven optimal.")
  var exact = false

  @Option(
    help: """
      How --exact takes numbers that the file holds as doubles: as the binary fractions they are (dyadic), as the simple \
      fractions or decimals they were rounded from (fractions), or the latter where all rows then sum to 1 (automatic); \
      absorb takes the binary fractions and puts what a row is off 1 on its largest entry.
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
    if let horizon, horizon < 0 { throw ValidationError("--horizon is \(horizon); it must be 0 or more") }
    for option in criterionOptions { try option.check(for: criterion) }
    guard method.criteria.contains(criterion) else {
      throw ValidationError(
        "--method \(method.rawValue) goes with --criterion \(method.criteria.map(\.rawValue).alternatives)")
    }
    if evaluate != nil {
      if method != .automatic {
        throw ValidationError("--method chooses how to optimise; leave it out with --evaluate: the policy is given")
      }
      if direction == .minimise, ![.robust, .nestedCVaR].contains(criterion) {
        throw ValidationError("--direction does not go with --evaluate: the policy is given")
      }
    }
    if exact, method != .automatic || !Criterion.exact.contains(criterion) {
      throw ValidationError(
        "--exact goes with the criteria \(Criterion.exact.map(\.rawValue).joined(separator: ", ")) and has a "
          + "method of its own")
    }
    if let precision, !(precision >= 0 && precision.isFinite) {
      throw ValidationError("--precision is \(precision); it must be a finite number of at least 0")
    }
    if rationals != .automatic, !exact, criterion != .blackwell {
      throw ValidationError("--rationals goes with --exact")
    }
    if criterion == .robust, [radius, intervalWidth, divergence].count(where: { $0 != nil }) > 1 {
      throw ValidationError("--radius, --interval-width and --divergence are different ambiguity sets; give one")
    }
    if let intervalWidth, !(intervalWidth >= 0 && intervalWidth <= 1) {
      throw ValidationError("--interval-width is \(intervalWidth); it must lie in [0, 1]")
    }
  }

  /// The options that belong to some criteria only.
  private var criterionOptions: [CriterionOption] {
    [
      .init(
        "--reward NAME", isGiven: reward != nil,
        with: Criterion.allCases.filter { $0 != .reachability && $0 != .pareto }),
      .init(
        "--evaluate POLICY", isGiven: evaluate != nil,
        with: exact ? Criterion.exactlyEvaluated : [.discounted, .finiteHorizon, .robust, .nestedCVaR]),
      .init(
        "--horizon STEPS", isGiven: horizon != nil, with: [.finiteHorizon, .entropicRisk], neededBy: [.finiteHorizon]),
      .init("--target NAME", isGiven: target != nil, with: [.total, .reachability], neededBy: [.reachability]),
      .init("--temperature τ", isGiven: temperature != nil, with: [.soft], neededBy: [.soft]),
      .init("--prior POLICY", isGiven: prior != nil, with: [.soft]),
      .init("--radius ε", isGiven: radius != nil, with: [.robust]),
      .init("--interval-width δ", isGiven: intervalWidth != nil, with: [.robust]),
      .init("--divergence ρ", isGiven: divergence != nil, with: [.robust]),
      .init("--nature SIDE", isGiven: nature != .against, with: [.robust]),
      .init(
        "--risk b", isGiven: risk != nil, with: [.entropicRisk, .averageEntropicRisk],
        neededBy: [.entropicRisk, .averageEntropicRisk]),
      .init("--level α", isGiven: level != nil, with: [.nestedCVaR], neededBy: [.nestedCVaR]),
      .init(
        "--constraint REWARD<=NUMBER", isGiven: !constraint.isEmpty, with: [.constrained], neededBy: [.constrained]),
      .init("--objectives A,B", isGiven: objectives != nil, with: [.pareto], neededBy: [.pareto]),
      .init("--precision NUMBER", isGiven: precision != nil, with: [.pareto]),
      .init("--occupancy", isGiven: occupancy, with: [.discounted, .soft, .constrained]),
    ]
  }

  func run() throws {
    let problem = try problem.read(requiresDiscount: criterion.isDiscounted && horizon == nil)
    if exact {
      let report = try exactly(problem)
      return try out.emit(json: report.json, text: report.text)
    }
    let policy = try evaluate.map { try Policy.read(from: $0, for: problem.mdp) }
    let report: any Report =
      switch criterion {
      case .discounted: try discounted(problem, policy)
      case .finiteHorizon: try finiteHorizon(problem, policy)
      case .total: try total(problem)
      case .reachability: try reachability(problem)
      case .average: try average(problem)
      case .blackwell: try blackwell(problem)
      case .soft: try soft(problem)
      case .robust: try robust(problem, policy)
      case .constrained: try constrained(problem)
      case .pareto: try pareto(problem)
      case .entropicRisk: try entropicRisk(problem)
      case .averageEntropicRisk: try averageEntropicRisk(problem)
      case .nestedCVaR: try nestedCVaR(problem, policy)
      case .minimum: try expectedMinimum(problem)
      case .guaranteedMinimum: try guaranteedMinimum(problem)
      }
    try out.emit(json: report.json, text: report.text)
  }

  /// What every solver is told.
  var options: SolverOptions { SolverOptions(tolerance: .absolute(tolerance), threads: threads) }

  /// The solver of `--exact`.
  var exactSolver: ExactSolver { ExactSolver(options: options) }

  /// The report of `solution` about the reward, or target, called `name`.
  func report(_ solution: some SummarisedSolution, _ name: String, of problem: Problem) throws -> SolutionReport {
    var solution = solution.summary
    if occupancy, let policy = solution.policy {
      let measure = try PolicyEvaluation(of: policy, in: problem.mdp).occupancy()
      solution.extras.append(.init("occupancy", .occupancy(measure)))
    }
    return SolutionReport(
      solution,
      to: SolvedQuestion(
        mdp: problem.mdp, reward: name, criterion: criterion.rawValue, direction: direction,
        isDiscounted: criterion.isDiscounted))
  }
}
