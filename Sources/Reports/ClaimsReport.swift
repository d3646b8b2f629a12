public import JSON
public import RewardInvariance

/// Claims of a paper with how often each was found true, as a table for readers and programs.
public struct ClaimsReport: Sendable {
  private let claims: [ReproducedClaim]

  /// A report of the given claims.
  public init(_ claims: [ReproducedClaim]) { self.claims = claims }

  /// Whether every claim held in every case.
  public var allHold: Bool { claims.allSatisfy(\.holds) }

  /// `{"claims": [{"claim", "cases", "held", "note"}]}`.
  public var json: JSONValue {
    let list: [JSONValue] = claims.map {
      [
        "claim": .string($0.claim), "cases": .integer($0.cases), "held": .integer($0.held),
        "note": $0.note.map { .string($0) } ?? .null,
      ]
    }
    return ["claims": .array(list)]
  }

  /// The table in Markdown.
  public var markdown: String {
    var table = TextTable(header: ["claim", "cases", "held"], alignments: [.left, .right, .right])
    for claim in claims {
      table.append(claim.claim + (claim.note.map { " (\($0))" } ?? ""), "\(claim.cases)", "\(claim.held)")
    }
    return table.markdown
  }
}
