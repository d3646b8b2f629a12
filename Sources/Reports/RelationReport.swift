public import JSON
internal import LinearAlgebra
public import MDPs
internal import RewardDistances
public import RewardInvariance

/// The outcome of one or more checks between two rewards, as JSON and as text.
public struct RelationReport: Sendable {
  /// One check.
  public enum Outcome: Sendable {
    /// A relation.
    case relation(RelationVerdict)
    /// A quantity that must not exceed a limit.
    case limit(name: String, value: Double, limit: Double)
    /// A certificate that was handed in.
    case certificate(path: String, CertificateCheck)

    /// Whether the check passed.
    public var holds: Bool {
      switch self {
      case .relation(let verdict): verdict.holds
      case .limit(_, let value, let limit): value <= limit
      case .certificate(_, let check): check.isValid
      }
    }
  }

  private let truth: String
  private let proxy: String
  private let mdp: MDP
  private let outcomes: [Outcome]
  private let flags: [String]

  /// The report of checks between the rewards called `truth` and `proxy` on `mdp`.
  public init(truth: String, proxy: String, mdp: MDP, outcomes: [Outcome], flags: [String] = []) {
    self.truth = truth
    self.proxy = proxy
    self.mdp = mdp
    self.outcomes = outcomes
    self.flags = flags
  }

  /// Whether all checks passed.
  public var holds: Bool { outcomes.allSatisfy(\.holds) }

  /// The outcomes as one JSON object.
  public var json: JSONValue {
    [
      "true": .string(truth), "proxy": .string(proxy), "holds": .bool(holds),
      "checks": .array(outcomes.map(outcome)), "flags": .array(flags.map { .string($0) }),
    ]
  }

  private func outcome(_ outcome: Outcome) -> JSONValue {
    switch outcome {
    case .limit(let name, let value, let limit):
      return [
        "quantity": .string(name), "holds": .bool(outcome.holds), "value": .finite(value), "limit": .finite(limit),
      ]
    case .certificate(let path, let check):
      return ["certificate": .string(path), "holds": .bool(check.isValid), "reason": .string(check.reason)]
    case .relation(let verdict):
      return [
        "relation": .string(verdict.relation.rawValue), "holds": .bool(verdict.holds),
        "meaning": .string(verdict.relation.meaning), "reason": .string(verdict.reason),
        "margin": verdict.margin.map { .finite($0) } ?? .null, "scale": verdict.scale.map { .finite($0) } ?? .null,
        "potential": verdict.potential.map { .numbers($0) } ?? .null,
        "counterexample": verdict.counterexample.map { example in
          [
            "better": JSONValue(example.better, actionCount: mdp.actionCount),
            "worse": JSONValue(example.worse, actionCount: mdp.actionCount),
            "trueReturns": .numbers(example.trueReturns), "proxyReturns": .numbers(example.proxyReturns),
          ]
        } ?? .null,
        "separatingPolicy": verdict.separatingPolicy.map { JSONValue($0, actionCount: mdp.actionCount) } ?? .null,
      ]
    }
  }

  /// The outcomes in words.
  public var text: String {
    var result = ""
    for outcome in outcomes {
      let mark = outcome.holds ? "holds " : "FAILS "
      switch outcome {
      case .limit(let name, let value, let limit):
        result += "\(mark) \(name) = \(value.readable(digits: 8)), at most \(limit.readable(digits: 8)) allowed\n"
      case .certificate(let path, let check): result += "\(mark) certificate \(path): \(check.reason)\n"
      case .relation(let verdict):
        result += "\(mark) \(verdict.relation.rawValue): \(verdict.relation.meaning)\n"
        result += "         because \(verdict.reason)\n"
        if let margin = verdict.margin { result += "         relative residual \(margin.readable(digits: 3))\n" }
        if let potential = verdict.potential, verdict.holds {
          let shown = potential.prefix(8).map { $0.readable(digits: 5) }.joined(separator: ", ")
          result +=
            "         scale \((verdict.scale ?? 1).readable()), potential (\(shown)\(potential.count > 8 ? ", …" : ""))\n"
        }
        if let example = verdict.counterexample {
          result += "         policy A: true return \(example.trueReturns[0].readable(digits: 8)), "
          result += "proxy return \(example.proxyReturns[0].readable(digits: 8))\n"
          result += "         policy B: true return \(example.trueReturns[1].readable(digits: 8)), "
          result += "proxy return \(example.proxyReturns[1].readable(digits: 8)) (--json has both policies)\n"
        }
      }
    }
    return result + flags.map { "Note: \($0).\n" }.joined()
  }
}

extension JSONValue {
  /// A policy as rows of action probabilities, shape (S, A).
  init(_ policy: Policy, actionCount: Int) {
    let probabilities = policy.probabilities(actionCount: actionCount)
    self = .array((0..<probabilities.rowCount).map { .numbers(probabilities.row($0)) })
  }
}

extension RelationCertificate {
  /// The certificate as one JSON object, which ``init(_:)`` reads back.
  public var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("certificate", "reward-relation/1"), .init("relation", .string(relation.rawValue)),
      .init("true", .string(truth)), .init("proxy", .string(proxy)), .init("holds", .bool(claimsToHold)),
    ]
    switch proof {
    case .shaping(let scale, let potential):
      members += [.init("scale", .finite(scale)), .init("potential", .numbers(potential))]
    case .policies(let better, let worse):
      func rows(_ policy: Policy) -> JSONValue {
        if case .stochastic(let matrix) = policy { return JSONValue(policy, actionCount: matrix.columnCount) }
        return .null
      }
      members += [.init("better", rows(better)), .init("worse", rows(worse))]
    }
    return .object(members)
  }

  /// Reads a certificate.
  ///
  /// - Throws: ``JSONError`` naming the place that is wrong.
  public init(_ json: JSONCursor) throws(JSONError) {
    guard try json["certificate"].string() == "reward-relation/1" else {
      throw try json["certificate"].wrong("\"reward-relation/1\"")
    }
    guard let relation = RewardRelation(rawValue: try json["relation"].string()) else {
      throw try json["relation"].wrong("the name of a relation")
    }
    let proof: Proof
    if try json["holds"].bool() {
      proof = .shaping(scale: try json["scale"].double(), potential: try json["potential"].doubles())
    } else {
      func policy(_ cursor: JSONCursor) throws(JSONError) -> Policy {
        let rows = try cursor.rows()
        do { return .stochastic(try Matrix(rows: rows)) } catch { throw cursor.wrong("rows of equal length") }
      }
      proof = .policies(better: try policy(json["better"]), worse: try policy(json["worse"]))
    }
    self.init(
      relation: relation, truth: try json["true"].string(), proxy: try json["proxy"].string(), proof: proof)
  }
}
