public import Bandits
public import JSON

/// The exact side of a tallying problem: optimum, constant arms, repeated exposure, mean cycle.
public struct TallyingOptimumReport: Sendable {
  private let bandit: TallyingBandit
  private let horizon: Int
  private let optimum: TallyingOptimum
  private let exposure: RepeatedExposure

  /// Solves everything that is reported.
  ///
  /// - Parameters:
  ///   - bandit: The bandit.
  ///   - horizon: T.
  ///   - stateBudget: The most states for the optimum.
  /// - Throws: ``BanditError/tooManyStates(needed:budget:)``.
  public init(_ bandit: TallyingBandit, horizon: Int, stateBudget: Int) throws(BanditError) {
    self.bandit = bandit
    self.horizon = horizon
    optimum = try TallyingOptimum(bandit, horizon: horizon, stateBudget: stateBudget)
    exposure = RepeatedExposure(bandit, stateBudget: min(stateBudget, MinimumMeanCycle.defaultStateBudget))
  }

  private var arms: Range<Int> { 0..<bandit.armCount }
  private var constants: [Double] { arms.map { bandit.constantLoss(of: $0, horizon: horizon) } }
  private var saturated: [Double] { arms.map { bandit.saturatedLoss(of: $0) } }

  /// `{"optimalTotalLoss", "optimalSequence", "constantArmTotalLoss", "saturatedLoss", "reo": {"strong", "arm", "cycle"},
  /// "minimumMeanCycle", "optimalCycle", "states", …}`; what is not known is `null`, with its `reason`.
  public var json: JSONValue {
    func optional(_ value: Bool?) -> JSONValue { value.map { .bool($0) } ?? .null }
    let cycle = exposure.minimumMeanCycle
    var members: [JSONValue.Member] = [
      .init("K", .integer(bandit.armCount)),
      .init("m", .integer(bandit.memory)),
      .init("T", .integer(horizon)),
      .init("optimalTotalLoss", .finite(optimum.totalLoss)),
      .init("optimalSequence", .integers(optimum.sequence)),
      .init("constantArmTotalLoss", .numbers(constants)),
      .init("saturatedLoss", .numbers(saturated)),
      .init(
        "reo",
        [
          "strong": optional(exposure.strong), "arm": exposure.arm.map { .integer($0) } ?? .null,
          "cycle": optional(exposure.cycle),
        ]),
      .init("minimumAttainableLoss", .finite(exposure.minimumAttainableLoss)),
      .init("minimumMeanCycle", cycle.map { .finite($0.mean) } ?? .null),
      .init("minimumMeanCycleLower", cycle.map { .finite($0.lower) } ?? .null),
      .init("optimalCycle", cycle.map { .integers($0.cycle) } ?? .null),
      .init("states", bandit.fullStateCount(horizon: horizon).map { .integer($0) } ?? .null),
      .init("compressedStates", .integer(optimum.compressedStateCount)),
      .init("method", .string(optimum.method.rawValue)),
    ]
    if let reason { members.append(.init("reason", .string(reason))) }
    return .object(members)
  }

  private var reason: String? {
    var parts: [String] = []
    if exposure.minimumMeanCycle == nil {
      parts.append("the histories are too many to search for the minimum mean cycle")
    }
    if exposure.strong == nil { parts.append("the attainable tallies are too many to certify repeated exposure") }
    if bandit.fullStateCount(horizon: horizon) == nil { parts.append("the full histories number more than 2^53") }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  /// One page.
  public var text: String {
    var lines = [
      "\(bandit.armCount) arms, memory \(bandit.memory), \(horizon) steps",
      "",
      "optimal total loss   \(optimum.totalLoss.readable(digits: 10))",
      "optimal sequence     \(runs(optimum.sequence))",
    ]
    if let cycle = exposure.minimumMeanCycle {
      lines.append("least mean cycle     \(cycle.mean.readable(digits: 10)): play \(runs(cycle.cycle)) and repeat")
    }
    var table = TextTable(
      header: ["arm", "total when played alone", "loss once saturated"], alignments: [.right, .right, .right])
    for arm in arms { table.append("\(arm)", constants[arm].readable(digits: 10), saturated[arm].readable(digits: 10)) }
    lines += ["", table.text()]
    let strong =
      switch (exposure.strong, exposure.arm) {
      case (true, let arm?): "holds with arm \(arm): once practised nothing can beat it"
      case (nil, _): "is not certified"
      default: "does not hold"
      }
    lines.append("repeated exposure optimality \(strong)")
    if exposure.strong == false, let cycle = exposure.cycle {
      lines.append("a single arm is \(cycle ? "" : "not ")an optimal cycle")
    }
    if let bounds = exposure.optimumBounds(bandit, horizon: horizon) {
      lines.append(
        "which bounds the optimum: \(bounds.lowerBound.readable(digits: 10)) to \(bounds.upperBound.readable(digits: 10))"
      )
    }
    if let reason { lines.append("note: \(reason)") }
    return lines.joined(separator: "\n")
  }
}

/// Arms with equal neighbours written once: `0×3 1 2×2`; cut when long.
private func runs(_ arms: [Int]) -> String {
  var parts: [(arm: Int, count: Int)] = []
  for arm in arms {
    if let last = parts.last, last.arm == arm { parts[parts.count - 1].count += 1 } else { parts.append((arm, 1)) }
  }
  let shown = parts.prefix(24).map { $0.count == 1 ? "\($0.arm)" : "\($0.arm)×\($0.count)" }
  return shown.isEmpty ? "(no plays)" : shown.joined(separator: " ") + (parts.count > 24 ? " …" : "")
}

/// What sequences of plays of a tallying bandit cost.
public struct TallyingRegretReport: Sendable {
  private let regrets: [(actions: [Int], regret: TallyingRegret)]

  /// The regrets of each sequence.
  public init(_ regrets: [(actions: [Int], regret: TallyingRegret)]) { self.regrets = regrets }

  /// `{"sequences": [{"actions", "perStepLoss", "totalLoss", "completePolicyRegret", "constantActionRegret",
  /// "traditionalRegret", "saturatedRegret"}]}`
  public var json: JSONValue {
    [
      "sequences": .array(
        regrets.map { actions, regret in
          [
            "actions": .integers(actions), "perStepLoss": .numbers(regret.stepLosses),
            "totalLoss": .finite(regret.totalLoss),
            "completePolicyRegret": regret.complete.map { .finite($0) } ?? .null,
            "constantActionRegret": .finite(regret.constantAction),
            "traditionalRegret": .finite(regret.traditional), "saturatedRegret": .finite(regret.saturated),
          ]
        })
    ]
  }

  /// A table.
  public var text: String {
    var table = TextTable(
      header: ["plays", "total loss", "complete", "constant", "traditional", "saturated"],
      alignments: [.left, .right, .right, .right, .right, .right])
    for (actions, regret) in regrets {
      table.append(
        runs(actions), regret.totalLoss.readable(), regret.complete?.readable() ?? "-",
        regret.constantAction.readable(),
        regret.traditional.readable(), regret.saturated.readable())
    }
    return table.text()
  }
}

/// The exact expected regret of policies.
public struct ExactRegretReport: Sendable {
  private let evaluations: [(choice: PolicyChoice, regret: ExactRegret)]
  private let skipped: [(name: String, reason: String)]

  /// A report of `survey`.
  public init(_ survey: ExactRegretSurvey) {
    evaluations = survey.evaluations
    skipped = survey.skipped
  }

  /// `{"policies": {NAME: {"expectedPulls", "expectedRegret", "curve", …}}, "skipped": {NAME: reason}}`
  public var json: JSONValue {
    .object([
      .init(
        "policies",
        .object(
          evaluations.map { choice, regret in
            .init(
              choice.name,
              [
                "expectedPulls": .numbers(regret.expectedPulls), "expectedRegret": .finite(regret.expectedRegret),
                "curve": .numbers(regret.curve), "T": .integer(regret.horizon),
                "method": .string(regret.method.rawValue), "formula": .string(choice.entry.formula),
              ])
          })),
      .init("skipped", .object(skipped.map { .init($0.name, .string($0.reason)) })),
    ])
  }

  /// A table.
  public var text: String {
    var table = TextTable(
      header: ["policy", "T", "expected regret", "expected pulls"], alignments: [.left, .right, .right, .left])
    for (choice, regret) in evaluations {
      table.append(
        choice.name, "\(regret.horizon)", regret.expectedRegret.readable(digits: 10),
        regret.expectedPulls.map { $0.readable() }.joined(separator: "  "))
    }
    return table.text() + skipped.map { "skipped \($0.name): \($0.reason)\n" }.joined()
  }
}

/// The presets and policies that have names.
public struct BanditCatalogueReport: Sendable {
  /// A report of all.
  public init() {}

  /// `{"presets": {NAME: summary}, "policies": {NAME: {"formula", "parameters"}}}`
  public var json: JSONValue {
    [
      "presets": .object(TallyingPreset.allCases.map { .init($0.rawValue, .string($0.summary)) }),
      "policies": .object(
        PolicyEntry.all.map {
          .init(
            $0.name,
            ["formula": .string($0.formula), "parameters": .array($0.parameters.map { .string($0) })])
        }),
    ]
  }

  /// Two tables.
  public var text: String {
    var presets = TextTable(header: ["preset", "what it is"], alignments: [.left, .left])
    for preset in TallyingPreset.allCases { presets.append(preset.rawValue, preset.summary) }
    var policies = TextTable(header: ["policy", "parameters", "what it does"], alignments: [.left, .left, .left])
    for entry in PolicyEntry.all { policies.append(entry.name, entry.parameters.joined(separator: ","), entry.formula) }
    return presets.text() + "\n" + policies.text()
  }
}

/// A bound at one point.
public struct BanditBoundReport: Sendable {
  private let name: NamedBanditBound
  private let value: NamedBanditBound.Value

  /// A report of `value`.
  public init(_ name: NamedBanditBound, _ value: NamedBanditBound.Value) {
    self.name = name
    self.value = value
  }

  /// `{"bound": NAME, "value", "formula", "source", …}`; a value that is withheld is `null`, with its `reason`.
  public var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("bound", .string(name.rawValue)), .init("value", value.value.map { .finite($0) } ?? .null),
    ]
    members += value.details.map { .init($0.name, .finite($0.value)) }
    members += [.init("formula", .string(name.formula)), .init("source", .string(name.source))]
    if let reason = value.reason { members.append(.init("reason", .string(reason))) }
    return .object(members)
  }

  /// A few lines.
  public var text: String {
    let head = value.value.map { $0.readable(digits: 12) } ?? "withheld: \(value.reason ?? "")"
    let details = value.details.map { "\($0.name) = \($0.value.readable(digits: 12))\n" }.joined()
    return "\(name.rawValue) = \(head)\n\(details)\(name.formula)\n\(name.source)\n"
  }
}
