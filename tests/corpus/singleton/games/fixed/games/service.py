from games.singleton import Dynamo


class PlayerService:
    _instance = None

    @classmethod
    def instance(cls):
        if cls._instance is None:
            cls._instance = cls()
        return cls._instance

    @property
    def db(self):
        return Dynamo()

    def profile(self, player_id):
        return self.db.read(player_id)

    def ranking(self, n):
        top = self.db.top(n)
        return [{"place": place, "nick": player["nick"]} for place, player in enumerate(top, 1)]

    def award(self, player_id, points):
        self.db.add(player_id, points)
