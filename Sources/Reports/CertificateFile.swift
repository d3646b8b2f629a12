public import JSON
internal import LinearAlgebra
public import MDPs
public import RewardInvariance

/// A proof that a relation holds between two rewards, as a JSON file: what `check --certificate` writes and
/// `check --verify` reads.
///
/// ```
/// { "format": "rewardgauge-certificate/1", "relation": NAME, "first": NAME, "second": NAME, "states": S, "actions": A,
///   "proof": KIND, … }
/// ```
///
/// A proof is one of
///
/// - `transformation`: `"transformation"`, `"discount"`, `"scale"` k, `"shapingPotential"` Ψ, `"constants"` c,
///   `"redistribution"` Z as `{"entries": [[s, a, t, z], …]}` or null, `"terminals"` as a list of states or null. The claim
///   is R₂ = k R₁ + c(s) + γ Ψ(t) − Ψ(s) + Z; `"potential"` is Φ = Ψ + c / (γ − 1), for readers.
/// - `optimality`: `"discount"`, `"tieTolerance"`, `"firstValues"` (or null) and `"secondValues"`, each
///   `{"levels": [S], "constant": c}` for V = levels + c / (1 − γ), `"actionSets"` as a list of S lists, or null.
/// - `monotone`: `"levels"` and `"images"`, both ascending.
/// - `triviality`: `"trivial"`, first or second, and the members of `transformation`, as a change of the reward 0.
/// - `ranking`: `"discount"`, `"tieTolerance"`, `"rankedStates"`, and `"policies"` from the worst to the best, each
///   `{"actions", "firstValues", "secondValues"}` with one number a ranked state.
public struct CertificateFile: Sendable, Equatable {
  /// The name in "format".
  public static let format = "rewardgauge-certificate/1"

  /// What the proof shows.
  public let relation: RewardRelation
  /// The proof.
  public let proof: RelationEvidence
  /// The name of R₁.
  public let first: String
  /// The name of R₂.
  public let second: String
  /// S
  public let stateCount: Int
  /// A
  public let actionCount: Int
  /// What in the file contradicts its own proof or the question, or nil.
  public let fault: String?

  /// A file for the proof in `finding`; nil when it holds none.
  ///
  /// - Parameters:
  ///   - finding: a relation that was decided.
  ///   - first: the name of R₁.
  ///   - second: the name of R₂.
  ///   - stateCount: S
  ///   - actionCount: A
  public init?(_ finding: RelationFinding, first: String, second: String, stateCount: Int, actionCount: Int) {
    guard let proof = finding.evidence, proof.isCertificate else { return nil }
    relation = finding.relation
    self.proof = proof
    self.first = first
    self.second = second
    self.stateCount = stateCount
    self.actionCount = actionCount
    fault = nil
  }

  /// The file's content.
  public var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("format", .string(Self.format)), .init("relation", .string(relation.name)), .init("first", .string(first)),
      .init("second", .string(second)), .init("states", .integer(stateCount)), .init("actions", .integer(actionCount)),
    ]
    switch proof {
    case .certificate(let certificate):
      members.append(.init("proof", "transformation"))
      members += transformation(certificate)
    case .triviality(let certificate):
      members += [
        .init("proof", "triviality"), .init("trivial", .string(certificate.isFirst ? "first" : "second")),
      ]
      members += transformation(certificate.shaping)
    case .optimality(let certificate):
      members += [
        .init("proof", "optimality"), .init("discount", .finite(certificate.discount)),
        .init("tieTolerance", .finite(certificate.tieTolerance)),
        .init("firstValues", certificate.first.map(values) ?? .null),
        .init("secondValues", values(certificate.second)),
        .init(
          "actionSets",
          certificate.actionSets.map { sets in .array((0..<stateCount).map { .integers(sets.actions(in: $0)) }) }
            ?? .null),
      ]
    case .monotone(let certificate):
      members += [
        .init("proof", "monotone"), .init("levels", .numbers(certificate.first)),
        .init("images", .numbers(certificate.second)),
      ]
    case .ranking(let certificate):
      members += [
        .init("proof", "ranking"), .init("discount", .finite(certificate.discount)),
        .init("tieTolerance", .finite(certificate.tieTolerance)), .init("rankedStates", .integers(certificate.states)),
        .init(
          "policies",
          .array(
            certificate.entries.map {
              [
                "actions": .integers($0.actions), "firstValues": .numbers($0.firstValues),
                "secondValues": .numbers($0.secondValues),
              ]
            })),
      ]
    case .order, .separating, .place, .action, .entries: break
    }
    return .object(members)
  }

  private func values(_ values: OptimalityCertificate.Values) -> JSONValue {
    ["levels": .numbers(values.levels), "constant": .finite(values.constant)]
  }

  private func transformation(_ certificate: InvarianceCertificate) -> [JSONValue.Member] {
    var redistribution = JSONValue.null
    if let z = certificate.redistribution {
      let entries = (0..<z.rowCount).flatMap { row in
        z.positions(ofRow: row).map { k -> JSONValue in
          .array([
            .integer(row / actionCount), .integer(row % actionCount), .integer(Int(z.columns[k])), .finite(z.values[k]),
          ])
        }
      }
      redistribution = ["entries": .array(entries)]
    }
    return [
      .init("transformation", .string(certificate.transformation.name)),
      .init("discount", .finite(certificate.discount)), .init("scale", .finite(certificate.scale)),
      .init("potential", .numbers(certificate.potential)),
      .init("shapingPotential", .numbers(certificate.shapingPotential)),
      .init("constants", .numbers(certificate.constants)), .init("redistribution", redistribution),
      .init(
        "terminals",
        certificate.terminals.map { flags in .integers(flags.indices.filter { flags[$0] }) } ?? .null),
    ]
  }

  // MARK: Reading

  /// Reads the content of a file that is to prove a relation between two rewards on `mdp`.
  ///
  /// - Parameters:
  ///   - file: the content.
  ///   - mdp: the model.
  ///   - first: the name of R₁; nil takes any.
  ///   - second: the name of R₂; nil takes any.
  /// - Throws: ``JSONError`` naming the member that is missing or wrong.
  public init(
    _ file: JSONCursor, for mdp: MDP, first: String? = nil, second: String? = nil
  ) throws(JSONError) {
    guard try file["format"].string() == Self.format else { throw try file["format"].wrong("\"\(Self.format)\"") }
    let (states, actions) = (try file["states"].integer(in: 1...), try file["actions"].integer(in: 1...))
    let isForModel = states == mdp.stateCount && actions == mdp.actionCount
    stateCount = states
    actionCount = actions
    self.first = try file["first"].string()
    self.second = try file["second"].string()
    var faults: [String] = []
    if !isForModel {
      faults.append(
        "it is for \(states) states and \(actions) actions, but the model has \(mdp.stateCount) and "
          + "\(mdp.actionCount)")
    }
    if let first, let second, (first, second) != (self.first, self.second) {
      faults.append(
        "it speaks of the rewards \"\(self.first)\" and \"\(self.second)\", not of \"\(first)\" and "
          + "\"\(second)\"")
    }
    guard var relation = RewardRelation(name: try file["relation"].string()) else {
      throw try file["relation"].wrong("the name of a relation, such as \"scale + shaping\"")
    }
    switch try file["proof"].string() {
    case "transformation": proof = .certificate(try Self.transformation(file, states, actions, &faults))
    case "triviality":
      let name = try file["trivial"].string()
      guard name == "first" || name == "second" else { throw try file["trivial"].wrong("\"first\" or \"second\"") }
      proof = .triviality(
        TrivialityCertificate(
          isFirst: name == "first", shaping: try Self.transformation(file, states, actions, &faults)))
    case "optimality":
      var sets: ActionSets?
      if let list = try file.optional("actionSets"), list.value != .null, isForModel {
        sets = try ActionSets(list, in: mdp)
      }
      if let sets, relation == .optimalityPreserving(nil) { relation = .optimalityPreserving(sets) }
      var own: OptimalityCertificate.Values?
      if let given = try file.optional("firstValues"), given.value != .null { own = try Self.values(given, states) }
      proof = .optimality(
        OptimalityCertificate(
          first: own, second: try Self.values(file["secondValues"], states), actionSets: sets,
          tieTolerance: try file["tieTolerance"].double(), discount: try file["discount"].double()))
    case "monotone":
      proof = .monotone(
        MonotoneCertificate(first: try file["levels"].doubles(), second: try file["images"].doubles()))
    case "ranking":
      var ranked: [Int] = []
      for state in try file["rankedStates"].elements() { ranked.append(try state.integer(in: 0..<states)) }
      var entries: [RankingCertificate.Entry] = []
      for policy in try file["policies"].elements() {
        var choices: [Int] = []
        for action in try policy["actions"].elements() { choices.append(try action.integer(in: 0..<actions)) }
        entries.append(
          RankingCertificate.Entry(
            actions: choices, firstValues: try policy["firstValues"].doubles(count: ranked.count),
            secondValues: try policy["secondValues"].doubles(count: ranked.count)))
      }
      proof = .ranking(
        RankingCertificate(
          states: ranked, entries: entries, tieTolerance: try file["tieTolerance"].double(),
          discount: try file["discount"].double()))
    default:
      throw try file["proof"].wrong("\"transformation\", \"optimality\", \"monotone\", \"triviality\" or \"ranking\"")
    }
    self.relation = relation
    fault = faults.isEmpty ? nil : faults.joined(separator: "; ")
  }

  private static func values(_ file: JSONCursor, _ count: Int) throws(JSONError) -> OptimalityCertificate.Values {
    OptimalityCertificate.Values(
      levels: try file["levels"].doubles(count: count), constant: try file["constant"].double())
  }

  private static func transformation(
    _ file: JSONCursor, _ stateCount: Int, _ actionCount: Int, _ faults: inout [String]
  ) throws(JSONError) -> InvarianceCertificate {
    guard let kind = RewardTransformation(name: try file["transformation"].string()) else {
      throw try file["transformation"].wrong("the name of a kind of transformation, such as \"scale + shaping\"")
    }
    var redistribution: SparseRows?
    if let z = try file.optional("redistribution"), z.value != .null {
      var triplets: [SparseRows.Triplet] = []
      for entry in try z["entries"].elements() {
        let parts = try entry.elements()
        guard parts.count == 4 else { throw entry.wrong("[state, action, next state, number]") }
        let (s, a) = (try parts[0].integer(in: 0..<stateCount), try parts[1].integer(in: 0..<actionCount))
        triplets.append(
          .init(
            row: s * actionCount + a, column: try parts[2].integer(in: 0..<stateCount), value: try parts[3].double()))
      }
      do {
        redistribution = try SparseRows(rowCount: stateCount * actionCount, columnCount: stateCount, triplets: triplets)
      } catch {
        throw try z["entries"].wrong("entries with different places")
      }
    }
    var terminals: [Bool]?
    if let list = try file.optional("terminals"), list.value != .null {
      var flags = [Bool](repeating: false, count: stateCount)
      for state in try list.elements() { flags[try state.integer(in: 0..<stateCount)] = true }
      terminals = flags
    }
    let certificate = InvarianceCertificate(
      transformation: kind, scale: try file["scale"].double(),
      shapingPotential: try file["shapingPotential"].doubles(count: stateCount),
      constants: try file["constants"].doubles(count: stateCount), redistribution: redistribution, terminals: terminals,
      discount: try file["discount"].double())
    if let shown = try file.optional("potential"), try shown.doubles(count: stateCount) != certificate.potential {
      faults.append("the potential shown is not that of the proof, Ψ + c / (γ − 1)")
    }
    return certificate
  }
}

extension ActionSets {
  /// Reads sets of actions: a list with one list a state, or an object with one list for each name of a state; actions by
  /// number or name.
  ///
  /// - Throws: ``JSONError`` naming the place that is wrong.
  public init(_ file: JSONCursor, in mdp: MDP) throws(JSONError) {
    var sets: [JSONCursor] = []
    if case .array = file.value {
      sets = try file.elements()
      guard sets.count == mdp.stateCount else { throw file.wrong("one list for each of the \(mdp.stateCount) states") }
    } else {
      for s in 0..<mdp.stateCount { sets.append(try file[mdp.stateName(s)]) }
    }
    var numbers: [[Int]] = []
    for (s, set) in sets.enumerated() {
      var actions: [Int] = []
      for action in try set.elements() {
        if case .string(let name) = action.value {
          guard let a = (0..<mdp.actionCount).first(where: { mdp.actionName($0) == name }) else {
            throw action.wrong("the name of an action")
          }
          actions.append(a)
        } else {
          actions.append(try action.integer(in: 0..<mdp.actionCount))
        }
        guard mdp.isAvailable(s, actions[actions.count - 1]) else {
          throw action.wrong("an action that can be taken there")
        }
      }
      guard !actions.isEmpty else { throw set.wrong("at least one action: some action is always optimal") }
      numbers.append(actions)
    }
    do {
      try self.init(numbers, in: mdp)
    } catch {
      throw file.wrong(error.description)
    }
  }
}
