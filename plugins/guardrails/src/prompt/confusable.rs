//! Letters of other scripts that look like Latin ones (UTS 39, the part that fonts do not tell apart).

/// The Latin letter a Cyrillic, Greek, Armenian or Cherokee one is taken for, both in lower case.
pub(super) fn latin(character: char) -> Option<char> {
    Some(match character {
        'а' | 'α' => 'a',
        'Ь' | 'ь' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'є' | 'ε' => 'e',
        'ɡ' | 'ց' => 'g',
        'һ' | 'հ' | 'н' => 'h',
        'і' | 'ι' | 'ı' | 'ӏ' | 'ⅰ' => 'i',
        'ј' => 'j',
        'κ' | 'к' => 'k',
        'ⅼ' => 'l',
        'м' => 'm',
        'η' | 'п' | 'ո' => 'n',
        'о' | 'ο' | 'σ' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' | 'գ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' | 'μ' => 'u',
        'ѵ' | 'ν' => 'v',
        'ѡ' | 'ω' | 'ա' | 'ԝ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        'ᴢ' => 'z',
        _ => return None,
    })
}
