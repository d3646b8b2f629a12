public import Exploration
public import JSON
internal import RealModule

/// The bounds of reward-free exploration at one point, for readers and for programs.
public struct ExplorationBoundsReport: Sendable {
  /// Where the bounds are evaluated.
  public let parameters: BoundParameters

  /// A report at `parameters`.
  public init(_ parameters: BoundParameters) { self.parameters = parameters }

  /// `{"parameters", "explicit": {id: number or null}, "leadingEpisodes", "leadingRegret", "reasons": {id: text}}`.
  ///
  /// `null` is "infinite" or "no statement"; `reasons` says which.
  public var json: JSONValue {
    .object([
      .init("parameters", parametersJSON),
      .init("explicit", explicitJSON),
      .init("leadingEpisodes", values(BoundCatalogue.leadingEpisodes)),
      .init("leadingRegret", values(BoundCatalogue.leadingRegret)),
      .init("reasons", reasons),
    ])
  }

  private var parametersJSON: JSONValue {
    [
      "d": .integer(parameters.dimension), "states": .integer(parameters.stateCount),
      "actions": .integer(parameters.actionCount), "horizon": .integer(parameters.horizon),
      "epsilon": .finite(parameters.accuracy), "delta": .finite(parameters.failureProbability),
      "B": .finite(parameters.parameterNorm), "episodes": .finite(parameters.episodes),
    ]
  }

  private var explicitJSON: JSONValue {
    let free = HorizonFreeBound(parameters)
    let plus = UCRLRFEPlusRadii(parameters)
    let bonus = TabularBonus(
      stateCount: parameters.stateCount, actionCount: parameters.actionCount, horizon: parameters.horizon,
      failureProbability: parameters.failureProbability)
    let radii: [JSONValue.Member] = [
      .init("beta_hat", .finite(plus.betaHat)), .init("beta_check", .finite(plus.betaCheck)),
      .init("beta_tilde", .finite(plus.betaTilde)), .init("beta", .finite(plus.beta)),
    ]
    var members: [JSONValue.Member] = [
      .init("hf.levels", .integer(free.levels)),
      .init("hf.delta_level", .finite(free.levelFailureProbability)),
      .init("hf.iota", .finite(free.iota)),
      .init("hf.tau", .finite(free.tau)),
      .init("hf.zeta", .finite(free.zeta)),
      .init("hf.beta", .finite(free.beta)),
      .init("hf.sum_constant", .finite(free.sumConstant)),
      .init("hf.sum_sqrtK", .finite(free.sumRootK)),
      .init("rfe.beta", .finite(UCRLRFEBound(parameters).beta)),
      .init("rfe_plus", .object(radii)),
    ]
    members += radii.map { JSONValue.Member("rfe_plus.\($0.name)", $0.value) }
    members += [
      .init("rf_ucrl.bonus_n100", .finite(bonus.ucrl(visits: 100))),
      .init("rf_express.bonus_n100", .finite(bonus.express(visits: 100))),
    ]
    members += BoundCatalogue.explicit.map { JSONValue.Member($0.id, json($0.evaluate(parameters))) }
    return .object(members)
  }

  private func values(_ bounds: [Bound]) -> JSONValue {
    .object(bounds.filter { !$0.isQuotedOnly }.map { .init($0.id, json($0.evaluate(parameters))) })
  }

  private func json(_ value: BoundValue) -> JSONValue { value.number.map { JSONValue.finite($0) } ?? .null }

  private var reasons: JSONValue {
    .object(
      BoundCatalogue.all.filter { !$0.isQuotedOnly }.compactMap { bound in
        switch bound.evaluate(parameters) {
        case .finite: nil
        case .infinite: .init(bound.id, "infinite: no number of episodes up to 1e300 is enough")
        case .noStatement(let reason): .init(bound.id, .string("no statement: \(reason)"))
        }
      })
  }

  /// The explicit bounds and the leading orders as aligned text.
  public var text: String {
    var lines = [
      parametersLine, "", "Explicit (every constant of a proof; upper bounds are worst-case and look absurd):",
    ]
    lines += table(BoundCatalogue.explicit)
    lines += ["", "Leading order (constants and logarithms set to 1: growth only, not absolute numbers), episodes:"]
    lines += table(BoundCatalogue.leadingEpisodes)
    lines += ["", "Leading order, regret after \(brief(parameters.episodes)) episodes:"]
    lines += table(BoundCatalogue.leadingRegret)
    return lines.joined(separator: "\n") + "\n"
  }

  private var parametersLine: String {
    "d = \(parameters.dimension), S = \(parameters.stateCount), A = \(parameters.actionCount), "
      + "H = \(parameters.horizon), ε = \(brief(parameters.accuracy)), δ = \(brief(parameters.failureProbability)), "
      + "B = \(brief(parameters.parameterNorm)), K = \(brief(parameters.episodes))"
  }

  private func table(_ bounds: [Bound]) -> [String] {
    let rows = bounds.filter { !$0.isQuotedOnly }.map {
      (
        $0.id, text($0.evaluate(parameters)),
        "\($0.kind.rawValue), \($0.setting.rawValue), \($0.rewardScale.rawValue) rewards"
      )
    }
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { id, value, about in
      "  " + id.padded(to: width) + "  " + value.padded(to: 12) + "  " + about
    }
  }

  private func text(_ value: BoundValue) -> String {
    switch value {
    case .finite(let number): scientific(number)
    case .infinite: "infinite"
    case .noStatement: "no statement"
    }
  }

  /// The comparison table with provenance, in Markdown.
  public var markdown: String {
    var lines = [
      "# Bounds of reward-free exploration", "", parametersLine + ".", "",
      "Reward scales: `step` is r_h in [0, 1], values up to H; `total` is Σ r_h ≤ 1 on every trajectory; `total at most H` "
        + "is Σ r_h ≤ H. A `step` bound at ε also covers `total` rewards at ε; the converse does not hold. `*` marks "
        + "kernels that may change from step to step.",
      "", "Evidence: *found* in a source that was read, *derived* here, *recalled* and not verified.", "",
      "## Explicit forms", "",
      "Every constant and logarithm of a proof. The constants are those of a worst-case analysis; read the growth, not "
        + "the size.", "",
    ]
    lines += markdownTable(BoundCatalogue.explicit)
    lines += [
      "", "## Leading orders, episodes for accuracy ε", "",
      "Constants and logarithms are set to 1 and only dominating terms kept: meaningless as absolute numbers.", "",
    ]
    lines += markdownTable(BoundCatalogue.leadingEpisodes)
    lines += ["", "## Leading orders, regret over K episodes", "", "T = K H. The same caution holds.", ""]
    lines += markdownTable(BoundCatalogue.leadingRegret)
    return lines.joined(separator: "\n") + "\n"
  }

  private func markdownTable(_ bounds: [Bound]) -> [String] {
    var lines = ["| id | setting | rewards | kind | bounds | formula | value | evidence | source |"]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    for bound in bounds {
      let value: String
      if bound.isQuotedOnly {
        value = "quoted only"
      } else if case .noStatement(let reason) = bound.evaluate(parameters) {
        value = "no statement (\(reason))"
      } else {
        value = text(bound.evaluate(parameters))
      }
      let setting = bound.setting.rawValue + (bound.isHomogeneous ? "" : "*")
      let cells = [
        "`\(bound.id)`", setting, bound.rewardScale.rawValue, bound.kind.rawValue, bound.measure.rawValue,
        bound.formula.replacing("|", with: "\\|"), value, bound.provenance.evidence.rawValue, bound.provenance.source,
      ]
      lines.append("| " + cells.joined(separator: " | ") + " |")
    }
    return lines
  }

  private func brief(_ value: Double) -> String {
    if let integer = Int(exactly: value), integer.magnitude < 1_000_000 { return String(integer) }
    return value.magnitude < 1e6 && value.magnitude >= 1e-4 ? "\(value)" : scientific(value)
  }
}

/// Where two bounds cross, for readers and for programs.
public struct CrossoverReport: Sendable {
  private let crossover: CrossoverHorizon
  private let answer: CrossoverHorizon.Answer?

  /// A report of `answer`, what `crossover` found; nil when the bounds do not cross.
  public init(_ crossover: CrossoverHorizon, _ answer: CrossoverHorizon.Answer?) {
    self.crossover = crossover
    self.answer = answer
  }

  /// `{"first", "second", "horizon", "firstValue", "secondValue", "lastLargerPowerOfTwo"}`, the horizon null with a
  /// `reason` when the bounds do not cross.
  public var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("first", .string(crossover.challenger.id)), .init("second", .string(crossover.incumbent.id)),
    ]
    if let answer {
      members += [
        .init("horizon", .integer(answer.horizon)), .init("firstValue", .finite(answer.challenger)),
        .init("secondValue", .finite(answer.incumbent)),
        .init("lastLargerPowerOfTwo", answer.above.map { .integer($0) } ?? .null),
      ]
    } else {
      members += [.init("horizon", .null), .init("reason", .string(noCrossing))]
    }
    return .object(members)
  }

  /// One or two sentences.
  public var text: String {
    guard let answer else { return noCrossing + ".\n" }
    let (first, second) = (crossover.challenger.id, crossover.incumbent.id)
    let values = "\(scientific(answer.challenger)) against \(scientific(answer.incumbent))"
    guard let above = answer.above else { return "\(first) is at most \(second) from H = 1 on: \(values).\n" }
    return
      "\(first) becomes at most \(second) at H = \(answer.horizon): \(values). At H = \(above) it is still larger.\n"
  }

  private var noCrossing: String {
    "\(crossover.challenger.id) is above \(crossover.incumbent.id), or one of them states nothing, at every horizon "
      + "compared up to \(crossover.limit)"
  }
}

/// `value` as d.dde±x with `digits` decimals, as scientists write it.
func scientific(_ value: Double, digits: Int = 3) -> String {
  guard value.isFinite, value != 0 else {
    return value == 0 ? "0" : value > 0 ? "infinite" : value.isNaN ? "nan" : "-infinite"
  }
  var exponent = Int(Double.log10(value.magnitude).rounded(.down))
  let unit = Double.pow(10, digits)
  // Two factors, because 10^-exponent alone overflows for the smallest numbers.
  var mantissa = (value.magnitude / .pow(10, exponent / 2) / .pow(10, exponent - exponent / 2) * unit).rounded()
  if mantissa >= 10 * unit {
    exponent += 1
    mantissa = (mantissa / 10).rounded()
  }
  let whole = String(Int(mantissa))
  let sign = value < 0 ? "-" : ""
  guard digits > 0 else { return "\(sign)\(whole)e\(exponent)" }
  return "\(sign)\(whole.prefix(1)).\(whole.dropFirst(1))e\(exponent)"
}

extension String {
  /// This text with spaces behind it up to `width` characters.
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
}
