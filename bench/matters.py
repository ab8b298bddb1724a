"""What the residents of the load bring: complaints for the police, at one community's desk."""

import json
import random

DEPARTMENT = "ga"
COMMUNITY = "340603002001"
"""供电社区 of the pack Xiangshan; the desk officer of the load serves it."""
_COMPLAINTS = (
    ("楼下烧烤店夜间噪声扰民", "每晚十一点后仍在营业，音响声音很大，家中有老人和学生，无法休息。"),
    ("小区门口车辆长期乱停放", "消防通道被占用，多次劝说无效，担心发生火灾时救援车辆进不来。"),
    ("邻居半夜聚众喧哗", "连续一周凌晨还在楼道里大声说话，影响整个单元居民休息。"),
    ("电动自行车电瓶被盗", "昨夜停放在车棚里的电动车电瓶不见了，附近还有两户也丢了。"),
    ("广场舞音响声音过大", "早上六点就开始放音乐，住在附近的上夜班人员无法休息。"),
    ("出租房内人员频繁出入", "同一单元出租房内常有陌生人深夜出入，希望核实登记情况。"),
)
_SURNAMES, _GIVEN = "王李张刘陈杨黄赵周吴", ("建国", "秀英", "志强", "桂兰", "敏", "伟", "静", "磊")


def bodies(count: int) -> list[bytes]:
    """``count`` request bodies for accepting a matter, the same ones every time."""
    chance = random.Random(20261121)
    return [_body(chance) for _ in range(count)]


def _body(chance: random.Random) -> bytes:
    title, description = chance.choice(_COMPLAINTS)
    house = chance.randint(1, 300)
    matter = {
        "community": COMMUNITY,
        "title": title,
        "description": description,
        "kind": "complaint",
        "applicant": {
            "name": chance.choice(_SURNAMES) + chance.choice(_GIVEN),
            "phone": f"1380561{chance.randint(0, 9999):04}",
        },
        "channel": "desk",
        "urgency": "normal",
        "location": f"幸福路 {house} 号楼下",
    }
    return json.dumps(matter, ensure_ascii=False).encode()
