import ArgumentParser
import RewardGauge

/// `bandit evaluate`: exact expected regret of policies, or exact regrets of sequences.
struct BanditEvaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Exact expected pulls and regret of policies on Bernoulli arms; exact regrets of sequences of plays.",
    discussion: """
      Without --policies all that can be evaluated exactly are; what is too large is named with the reason. On a tallying \
      problem --sequence gives the losses and all notions of regret of a sequence of plays, and policies are evaluated over \
      every path of a short horizon.

      EXAMPLES
        rewardgauge bandit evaluate two-arms.json --policies ucb1,thompson_beta,eps_greedy:epsilon=0.1 --json
        rewardgauge bandit evaluate practice.json --sequence 0,0,1,1 --sequence 0,1,0,1
      """)

  @OptionGroup var source: BanditProblemOptions

  @Option(
    help: ArgumentHelp("Policies such as ucb1 or exp3:gamma=0.2,T=7; `bandit presets` lists all.", valueName: "names"),
    transform: parsePolicies)
  var policies: [PolicyChoice]?

  @Option(help: ArgumentHelp("Arms played, separated by commas; may be repeated.", valueName: "arms"))
  var sequence: [String] = []

  @Option(help: "The largest number of states or paths that are visited for a policy.")
  var stateLimit = ExactRegret.defaultStateLimit

  @OptionGroup var out: OutputOptions

  func validate() throws {
    guard stateLimit > 0 else { throw ValidationError("--state-limit is \(stateLimit); it must be at least 1") }
  }

  func run() throws {
    let problem = try source.problem()
    guard sequence.isEmpty else { return try reportSequences(problem) }
    let report = ExactRegretReport(try ExactRegretSurvey(problem, policies: policies, stateLimit: stateLimit))
    try out.emit(json: report.json, text: report.text)
  }

  private func reportSequences(_ problem: BanditProblem) throws {
    let bandit =
      switch problem.model {
      case .stochastic(let bandit): try bandit.asTallying()
      case .tallying(let bandit, _): bandit
      }
    let regrets = try sequence.map { text in
      let actions = try text.split(separator: ",").map { field in
        guard let arm = Int(field) else {
          throw ValidationError("--sequence: \"\(field)\" is no arm; write numbers separated by commas, such as 0,0,1")
        }
        return arm
      }
      return (actions: actions, regret: try TallyingRegret(of: actions, on: bandit))
    }
    let report = TallyingRegretReport(regrets)
    try out.emit(json: report.json, text: report.text)
  }
}
