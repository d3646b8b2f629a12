// OnlineMatching
