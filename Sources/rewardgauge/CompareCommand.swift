import ArgumentParser
import RewardGauge

/// `compare`: how a proxy differs from the true reward, and what that can cost; or many rewards at once.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compares a proxy with the true reward: distances, order of policies, exact worst-case regret.",
    usage: """
      rewardgauge compare <file> <true> <proxy> [<options>]
      rewardgauge compare <file> --matrix [--rewards <names>] [<options>]
      rewardgauge compare <file> --against <true> [<checkpoint> ...] [<options>]
      rewardgauge compare --samples <file> --discount <γ> [<options>]
      """,
    discussion: """
      EXAMPLES
        rewardgauge compare Examples/FrozenLake/frozen-lake.json true proxy
        rewardgauge compare model.npz true proxy --metrics VAL-2-2,range,EPIC --json
        rewardgauge compare model.json true proxy --exact --json
        rewardgauge compare model.json true proxy --all --output answer.json --json
        rewardgauge compare model.npz --matrix --metrics VAL-2-2,regret --output distances.svg
        rewardgauge compare model.npz --against true step-1 step-2 step-3 --output curve.csv
        rewardgauge compare --samples transitions.csv --discount 0.99

      A distance is named CANONICALISATION-NORM-METRIC: None, EPIC, DARD, SRRD, VALPotential,
      MinimalPotential, MinimalPotentialL1, MinimalPotentialLinf, VAL, MinimalL2, MinimalL1, MinimalLinf, Projection,
      OptimalAdvantage, Greedy, Singleton; norms 1, 2, inf (the weight multiplies) or sup (it only selects), with prefix w (transition
      probabilities), o (occupancy), u (uniform) or c (--coverage), and 0 for none; metrics are norms or angle; -half
      halves the scale. Others have names of their own: range, EPIC, DARD, SRRD, pearson (-w, -o, -c), spearman,
      NPEC, NPEC-normalised, NPEC-policy, ERC; with --matrix also regret.

      --matrix measures all pairs of rewards and puts near ones together (average linkage); --against follows the rewards
      of a learning run, in the order given or that of the file. Both print text, JSON, CSV or an SVG picture, --matrix also
      npz, as --format or the ending of --output says. --samples estimates distances of rewards that are no tables from a
      CSV or npz file with s, a, s', r1, r2 (and weight) of each transition.
      """)

  @Argument(help: ArgumentHelp("The problem: JSON, npz, or another format that `info` knows.", valueName: "file"))
  var file: String?

  @Argument(help: ArgumentHelp("The true reward and the proxy; with --against, the checkpoints.", valueName: "rewards"))
  var names: [String] = []

  @OptionGroup var reading: ReadingOptions

  @OptionGroup(title: "Which distances") var distances: DistanceOptions

  @OptionGroup(title: "Many rewards") var many: ManyRewardsOptions

  @OptionGroup(title: "Transitions instead of a world") var sampling: SamplingOptions

  @Option(
    help: ArgumentHelp(
      "Also the worst-case regret when the policy chosen may have this much less proxy return, as shares of the proxy's range in [0, 1], separated by commas.",
      valueName: "ε1,ε2,…"))
  var slack: String?

  @Flag(help: "Answer in rational numbers as well: order, ranges and regrets as p/q, decided without tolerance.")
  var exact = false

  @Option(help: "How --exact takes numbers that the file holds as doubles; see solve --help.")
  var rationals = NumberReading.automatic

  @OptionGroup var out: OutputOptions

  func validate() throws {
    if rationals != .automatic, !exact { throw ValidationError("--rationals goes with --exact") }
    guard !exact || !(many.isAsked || sampling.samples != nil) else {
      throw ValidationError("--exact goes with compare FILE TRUE PROXY alone")
    }
    try many.validate(names: names, json: out.json, isSampling: sampling.samples != nil)
    if sampling.samples != nil {
      guard file == nil, names.isEmpty, !many.isAsked else {
        throw ValidationError("--samples takes the place of a problem file and its rewards; leave them out")
      }
      guard reading.discount != nil else { throw ValidationError("--samples needs --discount, for example 0.99") }
      guard slack == nil else { throw ValidationError("--slack needs a problem file; samples have no exact regret") }
      guard distances.policy == nil, distances.coverage == nil else {
        throw ValidationError("--policy and --coverage need a problem file; samples carry their own distribution")
      }
      return
    }
    guard file != nil else {
      throw ValidationError("Missing expected argument '<file>': give a problem file, or --samples with transitions")
    }
    guard slack == nil || !many.isAsked else {
      throw ValidationError("--slack belongs to the comparison of one proxy; leave out --matrix and --against")
    }
    guard many.isAsked || names.count == 2 else {
      throw ValidationError(
        "there are \(names.count) names of rewards, but a true reward and a proxy are needed: compare FILE TRUE PROXY "
          + "(--matrix compares all rewards of the file, --against TRUE the checkpoints of a run)")
    }
  }

  func run() throws {
    if let samples = sampling.samples {
      return try compareSamples(samples)
    }
    guard let file else { return }
    let slacks = try slacks()
    let problem = try reading.read(file)
    let options = try distances.comparisonOptions(for: problem.mdp)
    if many.matrix { return try compareAll(problem, options) }
    if let truth = many.against { return try compareCheckpoints(problem, against: truth, options) }
    let comparison = try RewardComparison(
      problem.mdp, truth: problem.reward(named: names[0]), proxy: problem.reward(named: names[1]),
      selection: try distances.selection(), options: options, slacks: slacks)
    let report = ComparisonReport(comparison, exact: try exact ? exactComparison(problem) : nil)
    try out.emit(json: report.json, text: report.text)
  }

  private func exactComparison(_ problem: Problem) throws -> ExactComparison {
    let (truth, proxy) = try problem.rationalModels(
      problem.reward(named: names[0]), problem.reward(named: names[1]), rationals)
    return try ExactComparison(truth: truth, proxy: proxy)
  }

  private func slacks() throws -> [Double] {
    try (slack ?? "").split(separator: ",").map {
      guard let share = Double(String($0).trimmingSpaces), (0...1).contains(share) else {
        throw ValidationError(
          "the slack \"\($0)\" is no share of the proxy's range; give numbers from 0 to 1, as in 0,0.01,0.1")
      }
      return share
    }
  }
}
