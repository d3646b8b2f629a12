internal import RealModule

/// A policy that can be asked for by name.
public struct PolicyEntry: Sendable, Equatable {
  /// Its name.
  public let name: String
  /// The parameters it takes.
  public let parameters: [String]
  /// What it does, as a formula where it has one.
  public let formula: String
  /// Whether its formula is for rewards in [0, 1] only.
  public let needsUnitInterval: Bool

  init(_ name: String, _ parameters: [String] = [], _ formula: String, unit: Bool = false) {
    self.name = name
    self.parameters = parameters
    self.formula = formula
    needsUnitInterval = unit
  }

  /// All policies.
  public static let all: [PolicyEntry] = [
    PolicyEntry("ucb1", ["ties"], "max mean + sqrt(2 ln t / N)"),
    PolicyEntry("ucb", ["alpha", "ties"], "max mean + sqrt(alpha ln t / N)"),
    PolicyEntry("ucb_subgaussian", ["sigma", "ties"], "max mean + sqrt(2 sigma^2 ln t / N)"),
    PolicyEntry("klucb", ["c", "ties"], "max of the largest q with N kl(mean, q) <= ln t + c ln ln t", unit: true),
    PolicyEntry("ucb_v", ["zeta"], "max mean + sqrt(2 V zeta ln t / N) + 3 zeta ln t / N", unit: true),
    PolicyEntry(
      "bayes_ucb", ["c", "ties"], "max of the quantiles 1 - 1 / (t (ln T)^c) of Beta(1 + S, 1 + N - S)", unit: true),
    PolicyEntry("moss", ["ties"], "max mean + sqrt(max(0, ln(T / (K N))) / N)"),
    PolicyEntry("moss_anytime", ["ties"], "max mean + sqrt(max(0, ln(t / (K N))) / N)"),
    PolicyEntry("imed", ["ties"], "min N kl(mean, max mean) + ln N", unit: true),
    PolicyEntry("greedy", ["ties"], "max mean"),
    PolicyEntry("thompson_beta", [], "max of draws from Beta(1 + S, 1 + N - S)", unit: true),
    PolicyEntry("thompson_gaussian", ["sigma"], "max of draws from N(mean, sigma^2 / N)"),
    PolicyEntry("eps_greedy", ["epsilon"], "a uniform arm with probability epsilon, else the largest mean"),
    PolicyEntry("etc", ["m"], "each arm m times in turn, then the largest mean for ever"),
    PolicyEntry("etc_block", ["m"], "each arm m times in a block, then the largest mean for ever"),
    PolicyEntry("se", [], "rounds over the arms alive; drop when mean + r < max mean - r, r = sqrt(2 ln T / n)"),
    PolicyEntry(
      "exp3", ["gamma"], "p = (1 - gamma) w / W + gamma / K; w *= exp(gamma x / (K p))", unit: true),
    PolicyEntry("exp3_loss", ["eta"], "p ~ exp(-eta L); L += loss / p; eta = sqrt(2 ln K / (K T))", unit: true),
    PolicyEntry(
      "exp3_ix", ["eta", "gamma"], "p ~ exp(-eta L); L += loss / (p + gamma); gamma = eta / 2", unit: true),
    PolicyEntry("tsallis_inf", [], "p = 4 / (eta (L - x))^2; eta = 2 / sqrt t; L += loss / p", unit: true),
    PolicyEntry("uniform", [], "every arm with probability 1 / K"),
    PolicyEntry(
      "se_wtb", ["M", "delta", "n1"],
      "epochs of n1 2^(s-1) losses an arm after M - 1 plays of burn-in; drop beyond 2 sqrt(ln(2KS/delta) / (2n))"),
    PolicyEntry(
      "algdet", [], "each arm m times in a row, then an optimal continuation; unit weights without noise"),
    PolicyEntry(
      "se_tb", ["delta"],
      "elimination over all sequences of period sqrt T beyond 2 sqrt(32 K m / (n sqrt T) ln(2 K m S / delta)); unit weights",
      unit: true),
    PolicyEntry("best_arm", [], "oracle: the best single arm throughout"),
    PolicyEntry("optimal_sequence", [], "oracle: the optimal sequence of plays"),
  ]
}

/// A policy chosen by a text such as `ucb1`, `eps_greedy:epsilon=0.1` or `se_wtb:M=20,delta=0.05`.
public struct PolicyChoice: Sendable, Equatable {
  /// The text, which also names the policy in every answer and keys its random stream.
  public let name: String
  /// What was chosen.
  public let entry: PolicyEntry
  /// The parameters that were given.
  public let parameters: [String: Double]
  /// The tie rule that was given.
  public let ties: TieRule
  /// A horizon of its own for exact evaluation (`T=…`); nil for the problem's.
  public let horizon: Int?

  /// The policy named by `text`.
  ///
  /// - Throws: ``BanditError/unknownPolicy(_:nearest:)``, ``BanditError/unknownPolicyParameter(policy:parameter:known:)``,
  ///   ``BanditError/policySyntax(_:)``, ``BanditError/parameter(name:value:needed:)``.
  public init(_ text: String) throws(BanditError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let wanted = String(parts[0])
    guard let entry = PolicyEntry.all.first(where: { $0.name == wanted }) else {
      throw .unknownPolicy(wanted, nearest: Self.similar(to: wanted))
    }
    var parameters: [String: Double] = [:]
    var ties = TieRule.lowest
    var horizon: Int?
    for pair in parts.count > 1 ? parts[1].split(separator: ",", omittingEmptySubsequences: false) : [] {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard sides.count == 2 else { throw .policySyntax(text) }
      guard entry.parameters.contains(sides[0]) || sides[0] == "T" else {
        throw .unknownPolicyParameter(policy: wanted, parameter: sides[0], known: entry.parameters)
      }
      if sides[0] == "ties" {
        guard let rule = TieRule(rawValue: sides[1]) else { throw .policySyntax(text) }
        ties = rule
      } else if sides[0] == "T" {
        guard let steps = Int(sides[1]), steps >= 0 else { throw .policySyntax(text) }
        horizon = steps
      } else {
        guard let value = Double(sides[1]), value.isFinite, parameters[sides[0]] == nil else {
          throw .policySyntax(text)
        }
        parameters[sides[0]] = value
      }
    }
    name = text
    self.entry = entry
    self.parameters = parameters
    self.ties = ties
    self.horizon = horizon
  }

  /// The policies of a list separated by commas; a comma within parameters does not separate.
  ///
  /// - Parameter text: Such as `ucb1,exp3:gamma=0.2,T=7,greedy`.
  /// - Returns: The policies in order.
  /// - Throws: What ``init(_:)`` throws for the first that is wrong.
  public static func list(_ text: String) throws(BanditError) -> [PolicyChoice] {
    var names: [String] = []
    for piece in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      if piece.contains("="), !piece.contains(":"), let last = names.popLast() {
        names.append("\(last),\(piece)")
      } else {
        names.append(piece)
      }
    }
    var choices: [PolicyChoice] = []
    for name in names where !choices.contains(where: { $0.name == name }) { choices.append(try PolicyChoice(name)) }
    return choices
  }

  /// Known names that share a beginning or contain each other.
  private static func similar(to wanted: String) -> [String] {
    let plain = wanted.lowercased().filter { $0.isLetter || $0.isNumber }
    guard !plain.isEmpty else { return [] }
    return PolicyEntry.all.map(\.name).filter { name in
      let other = name.filter { $0.isLetter || $0.isNumber }
      return other == plain || other.hasPrefix(plain) || plain.hasPrefix(other)
    }
  }
}
