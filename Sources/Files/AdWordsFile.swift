public import JSON
public import OnlineMatching

extension AdWordsInstance {
  /// Reads an instance from a JSON file `{"budgets": [n], "queries": [[[advertiser, bid], …], …]}`.
  ///
  /// - Throws: ``MatchingFileError`` naming the file and the place.
  public init(path: String) throws(MatchingFileError) {
    let value: JSONValue
    do throws(FileError) {
      let file = try FileBytes(path: path)
      let bytes = withExtendedLifetime(file) { Array(file.bytes) }
      do throws(JSONError) { value = try JSONValue.parse(bytes) } catch {
        throw FileError.json(path: path, error: error)
      }
    } catch { throw .file(error) }
    try self.init(json: value, path: path)
  }

  /// An instance from the JSON object of such a file.
  ///
  /// - Parameters:
  ///   - value: The object.
  ///   - path: What messages call it.
  /// - Throws: ``MatchingFileError`` naming the place.
  public init(json value: JSONValue, path: String = "instance") throws(MatchingFileError) {
    let budgets: [Double]
    var queries: [[Bid]] = []
    do throws(JSONError) {
      let cursor = JSONCursor(value)
      budgets = try cursor["budgets"].doubles()
      for query in try cursor["queries"].elements() {
        var bids: [Bid] = []
        for bid in try query.elements() {
          let parts = try bid.elements()
          guard parts.count == 2 else { throw bid.wrong("a pair [advertiser, bid]") }
          bids.append(Bid(try parts[0].integer(), try parts[1].double()))
        }
        queries.append(bids)
      }
      try cursor.allowOnly(["budgets", "queries", "name", "note"])
    } catch { throw .file(.json(path: path, error: error)) }
    do throws(MatchingError) { try self.init(budgets: budgets, queries: queries) } catch {
      throw .instance(path: path, error)
    }
  }
}
